import { type Static, Type } from '@sinclair/typebox'
import { AgentError } from '../errors.ts'
import { runIdPattern } from '../run-id.ts'
import { compileSchema, problemText } from '../schema.ts'
import { logMessages } from './log-messages.ts'
import { stopRuleFields } from './stop-rule.ts'

/** What people may call operations and connections: no `/` and no `:`, since the names become files and URLs. */
export const projectName = Type.String({
  pattern: '^[A-Za-z0-9](?:[A-Za-z0-9 _.-]{0,98}[A-Za-z0-9_-])?$',
  description: 'letters, digits, space, dash, underscore and dot; at most 100 characters',
})

const strict = { additionalProperties: false } as const

/** The configured account at one vendor: a file of the project, or written into the operation itself. */
export const connectionDefinition = Type.Object(
  {
    description: Type.Optional(Type.String()),
    connector: Type.String({ pattern: '^[a-z][a-z0-9-]*$', description: 'name of the connector, like bigcommerce' }),
    version: Type.Optional(
      Type.String({ description: 'Range of releases to use, by semver; default: the newest installed.' }),
    ),
    settings: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'As the connector asks for.' })),
  },
  { ...strict, title: 'connection' },
)
export type ConnectionDefinition = Static<typeof connectionDefinition>

const step = Type.Object(
  {
    connection: Type.Union([projectName, connectionDefinition], {
      description: 'A connection of the project, or a whole one.',
    }),
    activity: Type.String({ minLength: 1, description: 'What to do over the connection, like Query or Write.' }),
    options: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'As the activity asks for.' })),
  },
  { ...strict, title: 'step' },
)

const fieldRule = Type.Union(
  [
    Type.String({ title: 'path', description: 'Path in the source record: `name`, `images[0].url_standard`.' }),
    Type.Object({ path: Type.String(), default: Type.Optional(Type.Unknown()) }, strict),
    Type.Object({ value: Type.Unknown({ description: 'A constant.' }) }, strict),
    Type.Object({ expression: Type.String({ description: 'A JSONata expression over the source record.' }) }, strict),
  ],
  { title: 'field rule' },
)

/** The mapping between source and target records. */
const transformation = Type.Object(
  {
    where: Type.Optional(
      Type.String({
        description: 'A JSONata expression; records for which it is false are left out and counted as filtered.',
      }),
    ),
    fields: Type.Optional(
      Type.Record(Type.String(), fieldRule, {
        description: 'Target field → where it comes from. Absent: records go through as they are.',
      }),
    ),
  },
  strict,
)
export type Transformation = Static<typeof transformation>

const timeoutSeconds = Type.Optional(
  Type.Integer({
    minimum: 1,
    maximum: 604_800,
    description:
      'Longest time a run may be worked on, over all its attempts; default: operations.timeoutSeconds of the agent.',
  }),
)

/** Nobody may switch debug logging on for longer: what is forgotten must not go on for ever. */
export const maxDebugMs = 14 * 86_400_000

/** Debug logging of an operation, as its file asks for it. */
const operationDebug = Type.Object(
  {
    until: Type.String({
      format: 'date-time',
      description: 'until when its runs are logged for debugging, in ISO 8601 with an offset, at most 14 days ahead',
    }),
    children: Type.Optional(Type.Boolean({ description: 'Whether runs count too whose parent is a run of it.' })),
  },
  strict,
)
export type OperationDebug = Static<typeof operationDebug>

/** An operation: what is read, how it is mapped, where it is written. */
export const operationDefinition = Type.Object(
  {
    description: Type.Optional(Type.String()),
    source: step,
    transformation: Type.Optional(transformation),
    target: step,
    timeoutSeconds,
    ...stopRuleFields,
    logMessages: Type.Optional(logMessages),
    debug: Type.Optional(operationDebug),
  },
  { ...strict, title: 'operation' },
)
export type OperationDefinition = Static<typeof operationDefinition>

/** The value a variable can have. */
export const variableValue = Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()])
export type VariableValue = Static<typeof variableValue>

/** Where a run was asked for, over the API of an agent. */
export const submittedFrom = Type.Object(
  {
    via: Type.Union([Type.Literal('cli'), Type.Literal('api')]),
    address: Type.String({ maxLength: 100 }),
    userAgent: Type.Optional(Type.String({ maxLength: 200 })),
    agent: Type.Optional(Type.String({ maxLength: 100 })),
  },
  { ...strict, description: 'Set by the agent that takes a submission; for the debug log.' },
)
export type SubmittedFrom = Static<typeof submittedFrom>

/** The queue's envelope around an operation: what any control plane may enqueue. */
export const operationJob = Type.Object(
  {
    runId: Type.Optional(
      Type.String({
        pattern: runIdPattern,
        description: 'letters, digits, dash and underscore, at most 64; default: the id of the job',
      }),
    ),
    operation: Type.Union([projectName, operationDefinition], {
      description: 'An operation of the project, or a whole one.',
    }),
    variables: Type.Optional(
      Type.Record(Type.String(), variableValue, { description: 'Override the variables of the project.' }),
    ),
    debug: Type.Optional(
      Type.Object(
        {
          enabled: Type.Boolean({
            description: 'Write the debug log of this run, and log its connectors at debug level.',
          }),
        },
        strict,
      ),
    ),
    timeoutSeconds,
    ...stopRuleFields,
    logMessages: Type.Optional(logMessages),
    requestedBy: Type.Optional(
      Type.String({ maxLength: 200, description: 'Who asked for the run, for the operation log.' }),
    ),
    parent: Type.Optional(
      Type.Object(
        {
          runId: Type.String({
            pattern: runIdPattern,
            description: 'letters, digits, dash and underscore, at most 64',
          }),
          operation: Type.Optional(projectName),
        },
        { ...strict, description: 'The run this one is a part or a consequence of, and its operation.' },
      ),
    ),
    submittedFrom: Type.Optional(submittedFrom),
    traceparent: Type.Optional(
      Type.String({
        description: 'W3C trace context: the span this run belongs to. Passed over when it is not valid.',
      }),
    ),
    tracestate: Type.Optional(Type.String({ description: 'What tracing systems keep beside `traceparent`.' })),
    replayOf: Type.Optional(
      Type.Object(
        {
          runId: Type.String({ description: 'The run whose records these are.' }),
          records: Type.Integer({ minimum: 1 }),
          chunks: Type.Integer({ minimum: 1 }),
        },
        {
          ...strict,
          description: 'Set by the agent for `agent replay`: records in Redis take the place of the source.',
        },
      ),
    ),
  },
  { ...strict, title: 'operation job' },
)
export type OperationJob = Static<typeof operationJob>

/** Checks a job from outside. */
export type JobParser = (input: unknown) => OperationJob

/** Compiles the schema of jobs once. The parser throws OPERATION_INVALID with the path and reason of every problem. */
export function createJobParser(): JobParser {
  const check = compileSchema(operationJob)
  return input => {
    const checked = check(input)
    if (checked.ok) return checked.value
    throw new AgentError(
      'OPERATION_INVALID',
      `the job does not fit its schema: ${checked.problems.map(problemText).join('; ')}`,
    )
  }
}

/** A job less what makes it one certain run: what another run has to be given to do the same. */
export function jobToRepeat({
  runId: _own,
  requestedBy: _who,
  debug: _look,
  parent: _parent,
  submittedFrom: _where,
  replayOf: _records,
  traceparent: _span,
  tracestate: _state,
  ...job
}: OperationJob): OperationJob {
  return job
}

/** How the operation log names the operation of a job. */
export function operationNameOf({ operation }: Pick<OperationJob, 'operation'>): string {
  return typeof operation === 'string' ? operation : (operation.description ?? 'inline')
}
