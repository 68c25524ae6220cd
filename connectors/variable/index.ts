import { type Static, Type } from '@sinclair/typebox'
import type {
  Connection,
  Connector,
  DataRecord,
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

/** All records of a run travel with its checkpoint, so they must stay few. */
const maxCharacters = 1_000_000

/** Yields the records that stand in the operation itself. */
const read: SourceActivity = {
  role: 'source',
  options: readOptions,
  async *read(_connection, options, resumeFrom, { signal }) {
    signal.throwIfAborted()
    const { records } = options as Static<typeof readOptions> // the host has checked them
    const from = typeof resumeFrom === 'number' ? resumeFrom : 0
    const rest = records.slice(from) as DataRecord[] // JSON out of the operation
    if (rest.length > 0) yield { records: rest, position: records.length, total: records.length }
  },
}

/** Collects records in the state of the run. */
const write: TargetActivity = {
  role: 'target',
  options: writeOptions,
  batchSize: () => 100,
  async write(_connection, batch, options, { state }) {
    const { maxRecords = 1_000 } = options as Static<typeof writeOptions> // the host has checked them
    const kept = [...((state.get('records') ?? []) as DataRecord[])] // set below
    let characters = JSON.stringify(kept).length
    const outcomes = batch.map((record): WriteOutcome => {
      const size = JSON.stringify(record).length
      if (kept.length >= maxRecords || characters + size > maxCharacters) {
        const message = `the variable holds ${kept.length} records and takes no more`
        return { status: 'rejected', code: 'VARIABLE_FULL', message, retryable: false }
      }
      kept.push(record)
      characters += size
      return { status: 'written' }
    })
    state.set('records', kept)
    return outcomes
  },
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
      objects: async () => [],
      schemas: async activity => ({ options: activity === 'Read' ? readOptions : writeOptions }),
      close: async () => undefined,
    }
  },
  activities: { Read: read, Write: write },
}

export default variable
