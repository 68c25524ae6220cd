import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createLoggers } from '../logs/loggers.ts'
import { createRedactor } from '../logs/redact.ts'
import { openProject } from '../project/project.ts'
import { createResolver } from '../project/resolve.ts'
import { testLoader, writeRelease } from '../test/release.ts'
import { shareRedis } from '../test/shared-redis.ts'
import { createLookUps, type LookUpRequest } from './look-ups.ts'
import { createPacing } from './pacing.ts'

const planted = 'planted-secret-91c4'

/** A connector of a test: its activities do what their names say. */
const shelf = `const options = { type: 'object', required: ['object'], properties: { object: { type: 'string' }, limit: { type: 'integer' } } }
const unknown = name => Object.assign(new Error('there is no object "' + name + '"'), { name: 'ConnectorError', code: 'OBJECT_UNKNOWN' })
export default {
  name: 'shelf', version: '1.0.0',
  settings: { type: 'object', properties: { token: { type: 'string', 'x-secret': true } } },
  async connect(settings) {
    if (settings.isBad) throw Object.assign(new Error('isBad is no setting'), { name: 'ConnectorError', code: 'SETTINGS_INVALID' })
    return {
      token: settings.token,
      async test(context, uses) { return { ok: true, message: 'token ' + settings.token, checks: [], details: { uses } } },
      async objects(filter) {
        if (filter === 'crash') throw new TypeError('x is not a function')
        return [{ name: 'books', label: 'Books', activities: ['Write', 'Read'] }, { name: 'pages', label: 'Pages', parent: 'books', activities: ['Read'] }]
      },
      async schemas(activity, object, _subObject, context) {
        if (object !== 'books') throw unknown(object)
        return { options: { title: activity, description: context.runId } }
      },
      async close() {},
    }
  },
  activities: {
    Read: { role: 'source', options, async *read(connection, { object, limit }, _from, { signal }) {
      if (object === 'never') await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      for (let page = 0; ; page += 1) yield { position: page, records: [1, 2, 3].map(n => ({ n: page * 3 + n, limit, token: connection.token })) }
    } },
    Write: { role: 'target', options, batchSize: () => 1, write: async () => [] },
  },
}
`
const mute = `export default {
  name: 'mute', version: '1.0.0', settings: { type: 'object' },
  async connect() { return { close: async () => undefined } },
  activities: { Write: { role: 'target', options: { type: 'object' }, batchSize: () => 1, write: async () => [] } },
}
`

const shared = shareRedis()
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'look-ups-'))
  await writeRelease(join(directory, 'releases'), { name: 'shelf', version: '1.0.0', source: shelf })
  await writeRelease(join(directory, 'releases'), { name: 'mute', version: '1.0.0', source: mute })
  await write('connections/shelf.yaml', `connector: shelf\nsettings: { token: ${planted} }\n`)
  await write('connections/bad.yaml', 'connector: shelf\nsettings: { isBad: true }\n')
  await write('connections/broken.yaml', 'conector: shelf\n')
  await write('connections/lost.yaml', 'connector: lost\n')
  await write('connections/mute.yaml', 'connector: mute\n')
})
afterAll(async () => {
  await rm(directory, { recursive: true, force: true })
})

async function write(path: string, contents: string): Promise<void> {
  const file = join(directory, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, contents)
}

function ask(request: LookUpRequest, timeoutMs = 10_000) {
  const redactor = createRedactor()
  const loggers = createLoggers({ level: 'silent', fields: {}, redactor, sink: () => undefined })
  const lookUps = createLookUps({
    redactor,
    timeoutMs,
    loader: testLoader(join(directory, 'releases')),
    loggers,
    pacing: createPacing({ redis: shared.redis, prefix: 'test', logger: loggers.get('agent.pacing') }),
    project: openProject(directory),
    resolver: createResolver({ directory, env: {}, key: { keyFile: join(directory, 'key') } }),
  })
  return lookUps(request)
}

describe('a look-up', () => {
  test('tells connections, which of them have objects, and what is wrong with the others', async () => {
    expect(await ask({ tag: 'connections' })).toEqual({
      ok: true,
      answer: {
        tag: 'connections',
        connections: [
          { name: 'bad', connector: 'shelf', hasObjects: true },
          { name: 'broken', hasObjects: false, problem: expect.stringContaining('connections/broken.yaml') },
          { name: 'lost', connector: 'lost', hasObjects: false, problem: expect.stringContaining('not installed') },
          { name: 'mute', connector: 'mute', hasObjects: false },
          { name: 'shelf', connector: 'shelf', hasObjects: true },
        ],
      },
    })
  })

  test('hands on what is done over a connection, and masks what the vendor repeats', async () => {
    const uses = [{ activity: 'Read', object: 'books' }]

    expect(await ask({ tag: 'test', connection: 'shelf', uses })).toMatchObject({
      ok: true,
      answer: { version: '1.0.0', report: { message: 'token ********', details: { uses } } },
    })
  })

  test('takes settings that do not fit for the finding of a test, and for the end of anything else', async () => {
    expect(await ask({ tag: 'test', connection: 'bad', uses: [] })).toMatchObject({
      ok: true,
      answer: { report: { ok: false, code: 'SETTINGS_INVALID' } },
    })
    expect(await ask({ tag: 'objects', connection: 'bad' })).toMatchObject({ ok: false, code: 'SETTINGS_INVALID' })
  })

  test.each([
    [
      'a connection that is not there',
      { tag: 'objects', connection: 'shelv' },
      'CONNECTION_NOT_FOUND',
      'did you mean "shelf"?',
    ],
    [
      'a connector that fails',
      { tag: 'objects', connection: 'shelf', filter: 'crash' },
      'CONNECTOR_FAULT',
      'connector shelf 1.0.0 failed: x is not a function',
    ],
    [
      'an object that is not there',
      { tag: 'schemas', connection: 'shelf', object: 'boks' },
      'OBJECT_UNKNOWN',
      'there is no object "boks"',
    ],
    [
      'an activity that is not there',
      { tag: 'schemas', connection: 'shelf', object: 'books', activity: 'Raed' },
      'ACTIVITY_UNKNOWN',
      'has no activity "Raed" (it has: Read, Write)',
    ],
    [
      'a target to read from',
      { tag: 'query', connection: 'shelf', activity: 'Write', options: {}, limit: 1 },
      'ACTIVITY_UNKNOWN',
      'no source activity "Write" (it has: Read)',
    ],
    [
      'a connector without a source',
      { tag: 'query', connection: 'mute', options: {}, limit: 1 },
      'ACTIVITY_UNKNOWN',
      'connector mute has no source activity',
    ],
    [
      'options that do not fit',
      { tag: 'query', connection: 'shelf', options: { object: 5 }, limit: 1 },
      'OPTIONS_INVALID',
      'options do not fit shelf Read: /object: ',
    ],
  ] as const)('names %s', async (_what, request, code, message) => {
    expect(await ask(request)).toEqual({ ok: false, code, message: expect.stringContaining(message) })
  })

  test('is given up after its time', async () => {
    const request = { tag: 'query', connection: 'shelf', options: { object: 'never' }, limit: 1 } as const

    expect(await ask(request, 20)).toEqual({ ok: false, code: 'LOOK_UP_TIMEOUT', message: 'no answer within 0.02 s' })
  })

  test('takes the first activity of the object for its schemas', async () => {
    expect(await ask({ tag: 'schemas', connection: 'shelf', object: 'books' })).toMatchObject({
      answer: { activity: 'Write', schemas: { options: { title: 'Write' } } },
    })
  })

  test('lets a connector ask the vendor for what its schemas lack', async () => {
    expect(await ask({ tag: 'schemas', connection: 'shelf', object: 'books' })).toMatchObject({
      answer: { schemas: { options: { description: 'schemas-shelf' } } },
    })
  })

  test('reads no more than wanted, tells a source that can limit itself, and masks secrets in records', async () => {
    const answer = await ask({ tag: 'query', connection: 'shelf', options: { object: 'books' }, limit: 4 })

    expect(answer).toMatchObject({ ok: true, answer: { activity: 'Read' } })
    expect(answer).toHaveProperty(
      'answer.records',
      [1, 2, 3, 4].map(n => ({ n, limit: 4, token: '********' })),
    )
  })
})
