import { describe, expect, test } from '@jest/globals'
import { checkConnector } from './conformance.ts'
import type {
  Connection,
  ConnectionReport,
  Connector,
  DataRecord,
  Page,
  Position,
  ReadContext,
  SourceActivity,
  TargetActivity,
  WriteOutcome,
} from './connector.ts'
import { ConnectorError } from './errors.ts'
import { quietContext } from './quiet-context.ts'

const records: readonly DataRecord[] = [{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }, { id: 5 }, { id: 6 }]
const pageSize = 2

async function* readWell(
  _connection: Connection,
  _options: unknown,
  resumeFrom: Position | undefined,
  { signal }: Pick<ReadContext, 'signal'>,
): AsyncGenerator<Page> {
  for (let at = Number(resumeFrom ?? 0); at < records.length; at += pageSize) {
    signal.throwIfAborted()
    yield { records: records.slice(at, at + pageSize), position: at + pageSize }
  }
  signal.throwIfAborted()
}

async function writeWell(_connection: Connection, batch: readonly DataRecord[]): Promise<readonly WriteOutcome[]> {
  return batch.map(({ id }) =>
    id === 2
      ? { status: 'rejected', code: 'ID_TAKEN', message: 'the id is taken', retryable: false }
      : { status: 'written' },
  )
}

function report(settings: { readonly isAlive: boolean }): ConnectionReport {
  return settings.isAlive
    ? { ok: true, message: 'all is well', checks: [], details: {} }
    : { ok: false, message: 'nobody answers', code: 'NETWORK', checks: [], details: {} }
}

interface Parts {
  readonly connector?: object
  readonly connection?: object
  readonly connect?: Connector['connect']
  readonly read?: SourceActivity['read']
  readonly source?: object
  readonly write?: TargetActivity['write']
  readonly target?: object
}

/** A connector that keeps the contract, but for the parts given. */
function connectorWith({ connector, connection, connect, read, source, write, target }: Parts): Connector {
  return {
    name: 'small',
    version: '1.0.0',
    settings: {
      type: 'object',
      properties: { isAlive: { type: 'boolean' }, token: { type: 'string', 'x-secret': true } },
      required: ['isAlive'],
    },
    connect:
      connect ??
      (async settings => {
        const { isAlive } = settings as { readonly isAlive: unknown } // checked in the next line
        if (typeof isAlive !== 'boolean') throw new ConnectorError('SETTINGS_INVALID', 'isAlive must be true or false')
        return {
          test: async () => report({ isAlive }),
          objects: async (filter = '') =>
            [{ name: 'things', label: 'Things', activities: ['Read', 'Write'] }].filter(({ name }) =>
              name.includes(filter.toLowerCase()),
            ),
          schemas: async (_activity, object) => {
            if (object !== 'things') throw new ConnectorError('OBJECT_UNKNOWN', `there is no object ${object}`)
            return { options: { type: 'object' } }
          },
          close: async () => undefined,
          ...connection,
        }
      }),
    activities: {
      Read: { role: 'source', options: { type: 'object' }, read: read ?? readWell, ...source },
      Write: { role: 'target', options: { type: 'object' }, batchSize: () => 4, write: write ?? writeWell, ...target },
    },
    ...connector,
  }
}

/** The rules that are found broken, each with its messages. */
async function findingsOf(parts: Parts): Promise<readonly string[]> {
  const findings = await checkConnector(connectorWith(parts), {
    settings: { isAlive: true },
    badSettings: [{}, { isAlive: 'yes', token: 'tell-nobody' }],
    deadSettings: { isAlive: false },
    reads: [{ activity: 'Read', options: {} }],
    writes: [
      {
        activity: 'Write',
        options: {},
        records,
        expected: ['written', 'rejected', 'written', 'written', 'written', 'written'],
      },
    ],
    patienceMs: 3_000,
  })
  return findings.map(({ rule, message }) => `${rule}: ${message}`)
}

describe('checkConnector', () => {
  test('takes a target that announces and settles', async () => {
    const write: TargetActivity['write'] = async (connection, batch, _options, { journal }) => {
      await journal.sending([...batch.keys()], { isRepeatable: false })
      return writeWell(connection, batch)
    }
    const settle: TargetActivity['settle'] = async (_connection, batch) => batch.map(() => ({ status: 'absent' }))

    expect(await findingsOf({ write, target: { settle } })).toEqual([])
  })

  test.each<readonly [what: string, parts: Parts, finding: string]>([
    [
      'settlements that are too few',
      { target: { settle: async () => [] } },
      'settle: answers 0 settlements for 6 records',
    ],
    [
      'records found that were never sent',
      { target: { settle: async (_: unknown, batch: readonly unknown[]) => batch.map(() => ({ status: 'written' })) } },
      'settle: record 1 was never sent, and is said to be written',
    ],
    [
      'a target that goes on without leave',
      {
        write: async (connection, batch, _options, { journal }) => {
          await journal.sending([0], { isRepeatable: true }).catch(() => undefined)
          return writeWell(connection, batch)
        },
      },
      'sending: the journal refused a request',
    ],
    [
      'a record applied without leave',
      {
        write: async (connection, batch, _options, { journal }) => {
          journal.settled(0, { status: 'written' })
          await journal.sending([0], { isRepeatable: true })
          return writeWell(connection, batch)
        },
      },
      'sending: the journal refused every request',
    ],
  ])('finds %s', async (_what, parts, finding) => {
    expect(await findingsOf(parts)).toContainEqual(expect.stringContaining(finding))
  })

  test('finds nothing in a connector that keeps the contract', async () => {
    expect(await findingsOf({})).toEqual([])
  })

  test.each<readonly [what: string, parts: Parts, finding: string]>([
    ['a name with capitals', { connector: { name: 'Small' } }, 'shape: is not lower case letters, digits and dashes'],
    ['a version that is none', { connector: { version: 'new' } }, 'shape: is not a release by semver'],
    ['a missing schema of settings', { connector: { settings: undefined } }, 'shape: has no JSON Schema'],
    ['options the schema forbids', { source: { options: { type: 'string' } } }, 'shape: the sample does not fit'],
    ['a schema that is none', { source: { options: { type: 'thing' } } }, 'shape: its JSON Schema is not valid'],
    ['no activities', { connector: { activities: {} } }, 'shape: there are none'],
    ['a source that cannot read', { source: { read: undefined } }, 'shape: has no function read'],
    ['a third role', { source: { role: 'both' } }, 'shape: has a role other than source and target'],
    [
      'settings accepted whatever they are',
      {
        connect: async settings =>
          connectorWith({}).connect({ isAlive: true, ...(settings as object) }, quietContext()),
      },
      'settings: are accepted',
    ],
    [
      'settings refused with any error',
      { connect: () => Promise.reject(new Error('wrong')) },
      'settings: are refused with the code undefined',
    ],
    [
      'a secret in a message',
      {
        connect: settings =>
          Promise.reject(new ConnectorError('SETTINGS_INVALID', `cannot use ${JSON.stringify(settings)}`)),
      },
      'settings: the message repeats a secret',
    ],
    [
      'a test that throws for a dead vendor',
      { connection: { test: () => Promise.reject(new Error('no answer')) } },
      'dead-vendor: test() throws instead of reporting: no answer',
    ],
    [
      'a test that always passes',
      { connection: { test: async () => report({ isAlive: true }) } },
      'dead-vendor: test() reports that all is well',
    ],
    [
      'a test that never passes',
      { connection: { test: async () => report({ isAlive: false }) } },
      'test: the sample settings do not pass: nobody answers',
    ],
    [
      'a report with an unknown code',
      { connection: { test: async () => ({ ...report({ isAlive: false }), code: 'DEAD' }) } },
      'dead-vendor: test() reports the code DEAD, which is not in the table',
    ],
    [
      'a report that contradicts itself',
      {
        connection: {
          test: async () => ({
            ...report({ isAlive: true }),
            checks: [{ name: 'token', status: 'failed', message: 'not accepted' }],
          }),
        },
      },
      'test: the report is ok although a check failed',
    ],
    [
      'objects that ignore the filter',
      { connection: { objects: async () => [{ name: 'things', label: 'Things', activities: [] }] } },
      'objects: the filter is not heeded',
    ],
    [
      'a filter that heeds case',
      {
        connection: {
          objects: async (filter = '') =>
            [{ name: 'things', label: 'Things', activities: [] }].filter(({ name }) => name.includes(filter)),
        },
      },
      'objects: the filter THINGS misses it',
    ],
    [
      'objects of activities that do not exist',
      { connection: { objects: async () => [{ name: 'things', label: 'Things', activities: ['Stir'] }] } },
      'objects: things names the activity Stir, which does not exist',
    ],
    [
      'schemas for anything',
      { connection: { schemas: async () => ({ options: {} }) } },
      'schemas: Read has schemas for an object that does not exist',
    ],
    [
      'schemas that are none',
      { connection: { schemas: async () => ({ options: { type: 'thing' } }) } },
      'schemas: Read of things has a schema that is not valid',
    ],
    ['a connection that closes only once', { connect: closesOnce }, 'close: the second close fails: closed before'],
    [
      'a source without records',
      { read: async function* () {} },
      'pages: the sample yields no page; give one that yields records',
    ],
    [
      'a position that JSON cannot carry',
      { read: mappedPages(page => ({ ...page, position: new Date(0) as unknown as Position })) },
      'pages: the position of page 1 does not survive JSON',
    ],
    [
      'records that are no objects',
      { read: mappedPages(page => ({ ...page, records: [['a']] as unknown as readonly DataRecord[] })) },
      'pages: page 1 holds a record that is not an object',
    ],
    [
      'a source that always begins anew',
      { read: (connection, options, _resumeFrom, context) => readWell(connection, options, undefined, context) },
      'resume: resumed after page 1 it yields other records than those after it: 6 records, expected 4',
    ],
    [
      'a source that resumes one record late',
      { read: resumedBy(1) },
      'resume: resumed after page 1 it yields other records than those after it: 3 records, expected 4',
    ],
    [
      'a source that does not look at the signal',
      {
        read: (connection, options, resumeFrom) =>
          readWell(connection, options, resumeFrom, { signal: new AbortController().signal }),
      },
      'abort: goes on reading after its signal aborted',
    ],
    [
      'a source that ends quietly when aborted',
      { read: endsQuietly },
      'abort: an aborted read ends as if all had been read',
    ],
    [
      'a source that hides the reason',
      { read: hidesReason },
      'abort: ends with another error than the reason of the signal: stopped',
    ],
    ['a source that hangs when aborted', { read: hangs }, 'abort: has not ended 2000 ms after its signal'],
    ['a source deaf to return()', { read: ignoresReturn }, 'return: yields pages after return()'],
    ['a batch size of nothing', { target: { batchSize: () => 0 } }, 'outcomes: its batch size is 0'],
    [
      'an outcome too few',
      { write: async (connection, batch) => (await writeWell(connection, batch)).slice(1) },
      'outcomes: answers 3 outcomes for 4 records',
    ],
    [
      'outcomes out of order',
      { write: async (connection, batch) => [...(await writeWell(connection, batch))].reverse() },
      'outcomes: record 2 is written, expected rejected',
    ],
    [
      'a rejection without words',
      {
        write: async (_connection, batch) =>
          batch.map(() => ({ status: 'rejected', code: 'no', message: '', retryable: false })),
      },
      'outcomes: record 2 is rejected without a message',
    ],
    [
      'state that JSON cannot carry',
      {
        write: async (connection, batch, _options, { state }) => {
          state.set('at', new Date(0) as unknown as string)
          return writeWell(connection, batch)
        },
      },
      'outcomes: what it keeps in its state does not survive JSON',
    ],
    ['a write that throws', { write: () => Promise.reject(new Error('out of paper')) }, 'outcomes: threw out of paper'],
  ])('finds %s', async (_what, parts, finding) => {
    expect(await findingsOf(parts)).toContainEqual(expect.stringContaining(finding))
  })
})

async function closesOnce(...parameters: Parameters<Connector['connect']>): Promise<Connection> {
  let isClosed = false
  return {
    ...(await connectorWith({}).connect(...parameters)),
    async close() {
      if (isClosed) throw new Error('closed before')
      isClosed = true
    },
  }
}

function mappedPages(map: (page: Page) => Page): SourceActivity['read'] {
  return async function* (...parameters) {
    for await (const page of readWell(...parameters)) yield map(page)
  }
}

function resumedBy(late: number): SourceActivity['read'] {
  return async function* (connection, options, resumeFrom, context) {
    const from = resumeFrom === undefined ? undefined : Number(resumeFrom) + late
    yield* readWell(connection, options, from, context)
  }
}

async function* endsQuietly(
  connection: Connection,
  options: unknown,
  resumeFrom: Position | undefined,
  { signal }: ReadContext,
): AsyncGenerator<Page> {
  const own = new AbortController()
  for await (const page of readWell(connection, options, resumeFrom, own)) {
    if (signal.aborted) return
    yield page
  }
}

async function* hidesReason(
  connection: Connection,
  options: unknown,
  resumeFrom: Position | undefined,
  { signal }: ReadContext,
): AsyncGenerator<Page> {
  for await (const page of readWell(connection, options, resumeFrom, new AbortController())) {
    if (signal.aborted) throw new Error('stopped')
    yield page
  }
}

async function* hangs(
  connection: Connection,
  options: unknown,
  resumeFrom: Position | undefined,
  { signal }: ReadContext,
): AsyncGenerator<Page> {
  for await (const page of readWell(connection, options, resumeFrom, new AbortController())) {
    if (signal.aborted) await new Promise(() => undefined)
    yield page
  }
}

function ignoresReturn(...parameters: Parameters<SourceActivity['read']>): AsyncIterable<Page> {
  const pages = readWell(...parameters)
  const deaf = { next: () => pages.next(), return: async () => ({ done: true as const, value: undefined }) }
  return { [Symbol.asyncIterator]: () => deaf }
}
