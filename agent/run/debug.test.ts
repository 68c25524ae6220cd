import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createDebugReader } from '../logs/debug-reader.ts'
import type { DebugSwitch } from '../logs/debug-switches.ts'
import { shareRedis } from '../test/shared-redis.ts'
import { ancestorsOf } from './lineage.ts'
import { createRunBench, type RunBench } from './run-bench.ts'

/** Says a word, yields two pages; writes three at a time and refuses those that its options name. */
const source = `export default {
  name: 'puppet', version: '1.0.0', settings: { type: 'object', properties: { key: { type: 'string', 'x-secret': true } } },
  connect: async () => ({ close: async () => undefined }),
  activities: {
    Read: {
      role: 'source', options: { type: 'object' },
      async *read(_connection, { failure }, _from, { log, pacing, signal }) {
        log.trace({ body: 'planted', isEnabled: log.isEnabled('trace') }, 'said')
        pacing.hold('account', 5, 'quota')
        yield { records: [{ id: 1 }, { id: 2 }], position: 1, total: 4 }
        if (failure) throw Object.assign(new Error('no more'), { name: 'ConnectorError', code: 'GONE', retryable: false })
        yield { records: [{ id: 3 }, { id: 4 }], position: 2 }
      },
    },
    Write: {
      role: 'target', options: { type: 'object' }, batchSize: () => 3,
      write: async (_connection, batch) =>
        batch.map(({ id }) => id === 3 ? { status: 'rejected', code: 'X', message: 'no', retryable: false } : { status: 'written', id: 'w' + id }),
    },
  },
}
`

const shared = shareRedis()
let bench: RunBench
beforeEach(async () => {
  bench = await createRunBench(shared.redis, source)
})
afterEach(() => bench.close())

const until = () => new Date(Date.now() + 60_000).toISOString()
const everything = (): DebugSwitch => ({ target: { tag: 'agent' }, scope: 'agent', children: false, until: until() })

type Line = { readonly [field: string]: unknown }

async function read(step: 'events' | 'source' | 'target' | 'trigger'): Promise<readonly Line[]> {
  const { redactor } = bench.parts
  const reader = createDebugReader({
    ...{ root: join(bench.directory, 'debug'), redactor },
    readKey: () => Buffer.alloc(32),
  })
  const lines: Line[] = []
  for await (const line of reader.lines('r', step)) lines.push(JSON.parse(line) as Line)
  return lines
}

const told = () => bench.parts.logs.messages('r', 0, 99).map(({ message }) => message)

describe('a run that is switched on', () => {
  test('tells its stages in order, and every line of its connectors', async () => {
    bench.parts.debugs.setTable([everything()])

    await bench.run()
    const events = await read('events')
    const messages = events.map(({ message }) => message)

    expect(messages.slice(0, 3)).toEqual(['debug logging is on', 'taken', 'operation resolved'])
    expect(messages.filter(message => message === 'connected')).toHaveLength(2)
    expect(messages).toEqual(expect.arrayContaining(['connector loaded', 'doubts settled']))
    expect(events.find(({ message }) => message === 'said')).toMatchObject({
      ...{ level: 'trace', logger: 'org.jitterbit.connector.puppet', body: '********', isEnabled: true },
    })
    expect(events.find(({ message }) => message === 'the vendor asks to wait')).toMatchObject({ waitMs: 5 })
    expect(events.find(({ message }) => message === 'checkpoint saved')).toMatchObject({ counts: { read: 4 } })
    expect(events.at(-1)).toMatchObject({ message: 'attempt ended', status: 'success-with-warning' })
  })

  test('tells what comes in and goes out, record by record', async () => {
    bench.parts.debugs.setTable([everything()])
    const transformation = { where: 'id != 2', fields: { id: 'id', twice: { expression: 'id * 2' } } }

    await bench.run({ transformation })
    const [ins, outs] = [await read('source'), await read('target')]

    expect(ins.map(({ kind, number }) => `${kind} ${number ?? ''}`.trim())).toEqual([
      ...['page', 'read 1', 'read 2', 'transformed 1', 'filtered 2'],
      ...['page', 'read 3', 'read 4', 'transformed 3', 'transformed 4'],
    ])
    expect(ins[3]).toMatchObject({ record: { id: 1, twice: 2 } })
    expect(outs.map(({ kind, number }) => `${kind} ${number ?? ''}`.trim())).toEqual([
      ...['batch', 'sent 1', 'sent 3', 'sent 4', 'settled', 'outcome 1', 'outcome 3', 'outcome 4'],
    ])
    expect(outs[4]).toMatchObject({ written: 2, rejected: 1, durationMs: expect.any(Number) })
    expect(outs[6]).toMatchObject({ status: 'rejected', message: 'no' })
  })

  test('tells what set it off, without settings and variables that came inside the job', async () => {
    bench.parts.debugs.setTable([everything()])
    const parent = { runId: 'p', operation: 'nightly' }

    await bench.run({ job: { requestedBy: 'me', variables: { password: 'open sesame' }, parent } })

    expect(await read('trigger')).toMatchObject([
      { runId: 'r', jobId: 'j', requestedBy: 'me', via: 'queue', parent, agent: 'tester' },
    ])
    expect(JSON.stringify(await read('trigger'))).not.toContain('sesame')
  })

  test('tells of a job that nobody understands, and of a source that fails', async () => {
    bench.parts.debugs.setTable([everything()])

    await bench.run({ job: { odd: true } })
    const [trigger, events] = [await read('trigger'), await read('events')]

    expect(trigger).toMatchObject([{ note: 'the job was not taken, or not understood' }])
    expect(events.at(-1)).toMatchObject({ message: 'attempt ended', error: { code: 'OPERATION_INVALID' } })
  })

  test('says so once in its operation log, and by which switch', async () => {
    bench.parts.debugs.setTable([everything()])

    await bench.run({ job: { debug: { enabled: true } } })

    expect(told().filter(message => message.startsWith('debug logging is on'))).toEqual([
      'debug logging is on to the end of the run, for its job; see agent debug show r',
    ])
  })

  test('never fails for its debug log, and says how much is lost', async () => {
    await writeFile(join(bench.directory, 'debug'), 'in the way')
    bench.parts.debugs.setTable([everything()])

    const { status } = await bench.run()

    expect(status).toBe('success-with-warning')
    expect(told()).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^the debug log cannot be written, lines of it are lost: E/),
        expect.stringMatching(/^\d+ lines of the debug log are lost$/),
      ]),
    )
    await rm(join(bench.directory, 'debug'))
  })
})

describe('a run that is switched off', () => {
  test('leaves nothing behind, also when its switch has fallen back', async () => {
    await mkdir(join(bench.directory, 'debug'))
    bench.parts.debugs.setTable([{ ...everything(), until: new Date(Date.now() - 1).toISOString() }])

    await bench.run()

    await expect(read('events')).rejects.toMatchObject({ code: 'DEBUG_LOG_NOT_FOUND' })
    expect(told().join()).not.toContain('debug')
  })
})

describe('ancestorsOf', () => {
  const runs = new Map([
    ['a', { operation: 'A', parent: { runId: 'b' } }],
    ['b', { operation: 'B', parent: { runId: 'a' } }],
  ])

  test('follows parents as far as they are known, and ends in a circle', () => {
    expect(ancestorsOf({ runId: 'a' }, runId => runs.get(runId))).toEqual(['A', 'B'])
    expect(ancestorsOf({ runId: 'x', operation: 'X' }, runId => runs.get(runId))).toEqual(['X'])
    expect(ancestorsOf(undefined, runId => runs.get(runId))).toEqual([])
  })
})
