import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Connection } from '../../connectors/sdk/connector.ts'
import { quietContext } from '../../connectors/sdk/quiet-context.ts'
import { createRedactor } from '../logs/redact.ts'
import type { ResolvedOperation } from '../project/resolve.ts'
import { testLoader, writeRelease } from '../test/release.ts'
import { openEndpoints } from './endpoints.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'releases-'))
  await writeRelease(directory, { name: 'thing', version: '1.0.0', source })
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const source = `const options = { type: 'object', required: ['what'], properties: { what: { type: 'string' } } }
export default {
  name: 'thing', version: '1.0.0',
  settings: { type: 'object', properties: { token: { type: 'string', 'x-secret': true } } },
  async connect(settings, { state }) {
    if (settings.isBad) throw Object.assign(new Error('isBad is no setting'), { name: 'ConnectorError', code: 'SETTINGS_INVALID' })
    const seen = state.get('seen') ?? 0
    state.set('seen', seen + 1)
    return { close: async () => undefined }
  },
  activities: {
    Read: { role: 'source', options, read: async function* () {} },
    Write: { role: 'target', options, batchSize: () => 1, write: async () => [] },
  },
}
`
const step = (activity: string, more: object = {}) => ({
  connectionName: 'things',
  connector: 'thing',
  settings: {},
  secrets: [],
  activity,
  options: { what: 'x' },
  ...more,
})

function open(operation: { readonly source: object; readonly target: object }) {
  const opened: Connection[] = []
  const redactor = createRedactor()
  const endpoints = openEndpoints(operation as ResolvedOperation, {
    // only the two sides are looked at
    loader: testLoader(directory),
    contextFor: () => quietContext(),
    state: { source: { seen: 4 }, target: {} },
    opened: connection => opened.push(connection),
    redactor,
  })
  return { endpoints, opened, redactor }
}

describe('openEndpoints', () => {
  test('opens both sides and keeps the state of each', async () => {
    const { endpoints, opened } = open({ source: step('Read'), target: step('Write') })

    const { source, target } = await endpoints

    expect([source.activity.role, target.activity.role]).toEqual(['source', 'target'])
    expect([source.release, target.release]).toEqual(['thing 1.0.0', 'thing 1.0.0'])
    expect([source.state(), target.state()]).toEqual([{ seen: 5 }, { seen: 1 }])
    expect(opened).toHaveLength(2)
  })

  test.each([
    [
      'a target as its source',
      step('Write'),
      step('Write'),
      'ACTIVITY_UNKNOWN',
      'no source activity "Write" (it has: Read)',
    ],
    [
      'an unknown activity',
      step('Read'),
      step('Wrte'),
      'ACTIVITY_UNKNOWN',
      'no target activity "Wrte" (it has: Write)',
    ],
    [
      'what every object has',
      step('constructor'),
      step('Write'),
      'ACTIVITY_UNKNOWN',
      'no source activity "constructor"',
    ],
    [
      'wrong options',
      step('Read'),
      step('Write', { options: {} }),
      'OPERATION_INVALID',
      'target options do not fit thing Write: ',
    ],
    ['a missing release', step('Read'), step('Write', { version: '^2' }), 'CONNECTOR_NOT_FOUND', 'thing ^2'],
    ['a missing connector', step('Read', { connector: 'other' }), step('Write'), 'CONNECTOR_NOT_FOUND', 'other'],
  ])('connects nothing for %s', async (_what, source, target, code, message) => {
    const { endpoints, opened } = open({ source, target })

    await expect(endpoints).rejects.toMatchObject({ code, message: expect.stringContaining(message) })

    expect(opened).toEqual([])
  })

  test('tells of the first connection when the second fails, so that somebody closes it', async () => {
    const { endpoints, opened } = open({ source: step('Read'), target: step('Write', { settings: { isBad: true } }) })

    await expect(endpoints).rejects.toMatchObject({ code: 'SETTINGS_INVALID' })

    expect(opened).toHaveLength(1)
  })

  test('masks what a connector calls secret before it connects', async () => {
    const settings = { token: 'in-clear-text', isBad: true }
    const { endpoints, redactor } = open({ source: step('Read', { settings }), target: step('Write') })

    await endpoints.catch(() => undefined)

    expect(redactor.redact('in-clear-text')).toBe('********')
  })
})
