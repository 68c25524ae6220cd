import { type TSchema, Type } from '@sinclair/typebox'
import { lineLevels } from './line-filter.ts'

const text = (description: string) => Type.String({ description })
const count = (description: string) => Type.Integer({ minimum: 0, description })

/** What every line has. */
const always = {
  level: Type.Union(
    lineLevels.map(level => Type.Literal(level)),
    { description: 'How serious it is.' },
  ),
  time: Type.String({ format: 'date-time', description: 'When it was written, UTC.' }),
  pid: count('Process that wrote it.'),
  logger: text('Name of the logger; those of connectors begin with `org.jitterbit.connector.`.'),
  message: text('What happened; the same text for the same kind of event.'),
}

/** What lines of the agent may have beside that. A name has one meaning and one type in all lines. */
const sometimes: { readonly [name: string]: TSchema } = {
  agent: text('Name of the agent; not in lines about the log itself and about what a runner printed.'),
  runner: count('Number of the runner process.'),
  runId: text('The run it belongs to.'),
  jobId: text('Id of the job in the queue.'),
  operation: text('Name of the operation.'),
  connector: text('Name of the connector.'),
  version: text('Version of the agent or of the connector.'),
  previous: text('Version of the connector that was used before.'),
  url: text('Where the API listens, or the path of a request that failed.'),
  group: text('The agent group.'),
  home: text('The agent home.'),
  runners: count('How many runners the agent has.'),
  runs: Type.Union([Type.Integer(), Type.Array(Type.String())], { description: 'How many runs, or which.' }),
  graceSeconds: count('How long runs may go on, in seconds.'),
  isClean: Type.Boolean({ description: 'Whether all runners ended by themselves.' }),
  reason: text('Why the agent ends at once, or a connector release was taken or put away.'),
  key: text('A key of the configuration.'),
  name: text('The part that did not close.'),
  work: text('The housekeeping that failed.'),
  deleted: count('How many operation logs were deleted.'),
  code: text('Code of an error.'),
  cause: text('Why a runner ended.'),
  activity: text('What a connector was doing.'),
  stack: text('Where the code was, line by line.'),
  delayMs: count('In how many ms it is started again.'),
  problem: text('What is wrong outside of the agent.'),
  error: text('Message of an error.'),
  err: Type.Object(
    { type: Type.String(), message: Type.String(), stack: Type.String() },
    { additionalProperties: true, description: 'An error nobody foresaw, with its stack and its causes.' },
  ),
  method: text('Method of a request to the API.'),
  path: text('Path of a request to the API, without its query.'),
  status: Type.Union([Type.String(), Type.Integer()], { description: 'Status of a run, or of an answer of the API.' }),
  durationMs: count('How long it took, in ms.'),
  levels: Type.Array(Type.String(), { description: 'Loggers that have a level of their own, with it: `ROOT INFO`.' }),
  text: text('What a runner printed.'),
  file: text('A file of the logs, from their directory on.'),
  log: text('A log: `agent` or `connectors/<name>`.'),
  dropped: count('How many lines were lost.'),
}

/** A line of the agent log. No other names are used. */
export const agentLineSchema = Type.Object(
  {
    ...always,
    ...Object.fromEntries(Object.entries(sometimes).map(([name, schema]) => [name, Type.Optional(schema)])),
  },
  { additionalProperties: false, title: 'a line of the agent log' },
)

/** A line of the metric log. */
export const metricLineSchema = Type.Object(
  {
    ...always,
    agent: text('Name of the agent.'),
    metric: text('Name of the metric.'),
    type: Type.Union([Type.Literal('counter'), Type.Literal('gauge'), Type.Literal('histogram')], {
      description: 'What kind of metric it is.',
    }),
    labels: Type.Record(Type.String(), Type.String(), { description: 'Its labels with their values.' }),
    value: Type.Optional(Type.Number({ description: 'Of a gauge now; of a counter since the agent has started.' })),
    delta: Type.Optional(Type.Number({ description: 'Of a counter since its last line.' })),
    count: Type.Optional(count('Of a histogram: how often it was measured since the agent has started.')),
    sum: Type.Optional(Type.Number({ description: 'Of a histogram: all that was measured, added up.' })),
    deltaCount: Type.Optional(count('Of a histogram: how often it was measured since its last line.')),
    deltaSum: Type.Optional(Type.Number({ description: 'Of a histogram: what was measured since its last line.' })),
  },
  { additionalProperties: false, title: 'a line of the metric log' },
)

/** A line of a connector log: each connector has names of its own beside these. */
export const connectorLineSchema = Type.Object(
  {
    ...always,
    agent: Type.String({ description: 'Name of the agent.' }),
    runner: count('Number of the runner process.'),
    runId: Type.Optional(text('The run it belongs to; not in lines of look-ups.')),
  },
  { additionalProperties: true, title: 'a line of a connector log' },
)
