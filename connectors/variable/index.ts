import { type Static, Type } from '@sinclair/typebox'
import type {
  ActivitySchemas,
  Connection,
  Connector,
  DataRecord,
  ObjectDescription,
  SourceActivity,
  TargetActivity,
  WriteOutcome,
} from '../sdk/connector.ts'
import { ConnectorError } from '../sdk/errors.ts'

const settingsSchema = Type.Object({}, { additionalProperties: false })

const readOptions = Type.Object(
  { records: Type.Array(Type.Record(Type.String(), Type.Unknown()), { description: 'The records to yield.' }) },
  { additionalProperties: false },
)

const writeOptions = Type.Object(
  {
    maxRecords: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 10_000, description: 'How many records are kept; default 1000.' }),
    ),
  },
  { additionalProperties: false },
)

/** All records of a run travel with its checkpoint, so they must stay few; as JSON text. */
const maxBytes = 1024 * 1024

const pageSize = 1_000

/** Yields the records that stand in the operation itself. */
const read: SourceActivity = {
  role: 'source',
  options: readOptions,
  async *read(_connection, options, resumeFrom, { signal }) {
    signal.throwIfAborted()
    const { records } = options as Static<typeof readOptions> // the host has checked them
    const from = typeof resumeFrom === 'number' ? resumeFrom : 0
    for (let at = from; at < records.length; at += pageSize) {
      signal.throwIfAborted()
      const page = records.slice(at, at + pageSize) as DataRecord[] // JSON out of the operation
      yield { records: page, position: at + page.length, total: records.length }
    }
    signal.throwIfAborted()
  },
}

/** Collects records in the state of the run, in the order they come; a record that no longer fits is rejected. */
const write: TargetActivity = {
  role: 'target',
  options: writeOptions,
  batchSize: () => pageSize,
  async write(_connection, batch, options, { signal, state }) {
    signal.throwIfAborted()
    const { maxRecords = 1_000 } = options as Static<typeof writeOptions> // the host has checked them
    const kept = [...((state.get('records') ?? []) as DataRecord[])] // set below
    let bytes = bytesOf(kept)
    const outcomes = batch.map((record): WriteOutcome => {
      const more = bytesOf(record) + 1 // and the comma
      if (kept.length >= maxRecords) return full(`it holds ${kept.length} records, as many as maxRecords allows`)
      if (bytes + more > maxBytes) return full(`it holds ${kept.length} records and would grow beyond 1 MB`)
      kept.push(record)
      bytes += more
      return { status: 'written' }
    })
    state.set('records', kept)
    return outcomes
  },
}

function bytesOf(value: DataRecord | readonly DataRecord[]): number {
  return Buffer.byteLength(JSON.stringify(value))
}

function full(problem: string): WriteOutcome {
  const message = `the variable takes no more: ${problem}; write to a file instead`
  return { status: 'rejected', code: 'VARIABLE_FULL', message, retryable: false }
}

const objects: readonly ObjectDescription[] = [{ name: 'records', label: 'Records', activities: ['Read', 'Write'] }]

async function schemasOf(activity: string, object: string): Promise<ActivitySchemas> {
  const record = { type: 'object', title: 'record', additionalProperties: true }
  if (object === 'records' && activity === 'Read') return { options: readOptions, response: record }
  if (object === 'records' && activity === 'Write') return { options: writeOptions, request: record }
  throw new ConnectorError(
    'OBJECT_UNKNOWN',
    `there is no ${activity} of ${object}; there are Read and Write of records`,
  )
}

/** The connector for records inside the operation: inline records as source, a small collection as target. */
const variable: Connector = {
  name: 'variable',
  version: '0.1.0',
  settings: settingsSchema,
  async connect(settings): Promise<Connection> {
    if (typeof settings !== 'object' || settings === null || Object.keys(settings).length > 0) {
      throw new ConnectorError('SETTINGS_INVALID', 'this connector has no settings')
    }
    return {
      test: async () => ({ ok: true, message: 'records stand in the operation itself', checks: [], details: {} }),
      objects: async (filter = '') => objects.filter(({ name }) => name.includes(filter.toLowerCase())),
      schemas: schemasOf,
      close: async () => undefined,
    }
  },
  activities: { Read: read, Write: write },
}

export default variable
