import type { Connection, Connector, DataRecord, RunContext, SourceActivity } from '../../connectors/sdk/connector.ts'
import { ConnectorError } from '../../connectors/sdk/errors.ts'
import { findActivity, onlyActivity, optionProblems } from './activities.ts'
import { pagesWithinGrace } from './grace.ts'

/** A few records of a source, and the activity that read them. */
export interface Sample {
  readonly activity: string
  readonly records: readonly DataRecord[]
}

/** Reads the first records of a source. Throws ACTIVITY_UNKNOWN, OPTIONS_INVALID and what the connector throws. */
export async function readSample(
  request: { readonly activity?: string; readonly options: unknown; readonly limit: number },
  {
    connection,
    connector,
    context,
  }: { readonly connection: Connection; readonly connector: Connector; readonly context: RunContext },
): Promise<Sample> {
  const name = request.activity ?? onlyActivity('source', connector)
  const activity = findActivity('source', connector, name)
  const options = withLimit(activity, request.options, request.limit)
  const problems = optionProblems(activity, options)
  if (problems !== undefined) {
    throw new ConnectorError('OPTIONS_INVALID', `options do not fit ${connector.name} ${name}: ${problems}`)
  }
  const records: DataRecord[] = []
  for await (const page of pagesWithinGrace(activity.read(connection, options, undefined, context), context.signal)) {
    records.push(...page.records.slice(0, request.limit - records.length))
    if (records.length >= request.limit) break
  }
  return { activity: name, records }
}

/** A source that has an option for it need not read a whole page for ten records. */
function withLimit({ options: schema }: SourceActivity, options: unknown, limit: number): unknown {
  if (typeof options !== 'object' || options === null || 'limit' in options) return options
  const { properties = {} } = schema as { readonly properties?: object } // any schema may lack it
  return 'limit' in properties ? { ...options, limit } : options
}
