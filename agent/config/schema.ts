import { availableParallelism, hostname } from 'node:os'
import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { connectorsSchema } from './connectors-schema.ts'
import { debugLogsSchema } from './debug-logs-schema.ts'
import { logsSchema } from './logs-schema.ts'
import { fromDataDir, fromHome, secret, strict } from './schema-parts.ts'
import { metricsSchema, telemetrySchema } from './telemetry-schema.ts'

/** The whole configuration of an agent: its file, flags, environment, documentation and published schema come from here. */
export const configSchema = Type.Object(
  {
    agent: Type.Object(
      {
        name: Type.String({
          default: hostname(),
          pattern: '^[A-Za-z0-9_.-]{1,64}$',
          description: 'Name of this agent in logs and status: letters, digits, dash, underscore, dot.',
          'x-default-text': 'the host name',
        }),
        group: Type.String({
          default: 'default',
          pattern: '^[a-z0-9-]{1,64}$',
          description: 'Agent group: agents of one group share a queue. Small letters, digits, dash.',
        }),
      },
      strict,
    ),
    redis: Type.Object(
      {
        url: Type.String({
          ...secret,
          default: 'redis://127.0.0.1:6379',
          pattern: '^rediss?://',
          format: 'redis-url',
          description:
            'URL of Redis: `redis://[user:password@]host:port[/db]`, or `rediss://` for TLS; special characters of the password percent-encoded.',
        }),
        prefix: Type.String({
          default: 'agent',
          pattern: '^[A-Za-z0-9_-]{1,64}$',
          description: 'What all keys in Redis begin with: letters, digits, dash, underscore.',
        }),
      },
      strict,
    ),
    runners: Type.Integer({
      default: availableParallelism(),
      minimum: 0,
      maximum: 64,
      description: 'Runner processes; 0 runs everything inside the supervisor, for debugging.',
      'x-default-text': 'number of cores',
    }),
    runsPerRunner: Type.Integer({
      default: 2,
      minimum: 1,
      maximum: 64,
      description: 'Runs at the same time in one runner.',
    }),
    runnerSilenceSeconds: Type.Integer({
      default: 60,
      minimum: 5,
      maximum: 3_600,
      description: 'A runner that does not answer for so long is killed; its runs go on at their checkpoints.',
    }),
    runnerMemoryMegabytes: Type.Integer({
      default: 1_024,
      minimum: 256,
      maximum: 1_048_576,
      description:
        'Memory in MB a runner may hold, three quarters of it as heap; one that needs more is ended. Raise it with `runsPerRunner`.',
    }),
    api: Type.Object(
      {
        host: Type.String({
          default: '127.0.0.1',
          minLength: 1,
          description: 'Address the API listens on. Anything but loopback opens it to the network: put TLS in front.',
        }),
        port: Type.Integer({
          default: 8477,
          minimum: 0,
          maximum: 65_535,
          description: 'Port of the API; 0 takes a free one.',
        }),
        token: Type.Optional(
          Type.String({
            ...secret,
            minLength: 16,
            description: 'Bearer token of the API; absent: see `api.tokenFile`.',
          }),
        ),
        tokenFile: Type.String({
          ...fromDataDir,
          default: 'api-token',
          description: 'File with the bearer token; written at the first start, for its owner only.',
        }),
      },
      strict,
    ),
    dataDir: Type.String({
      ...fromHome,
      default: 'var',
      minLength: 1,
      description: 'Where the agent keeps what it writes.',
    }),
    projectDir: Type.String({
      ...fromHome,
      default: 'project',
      minLength: 1,
      description: 'The project folder: connections, operations, variables.',
    }),
    logs: logsSchema,
    metrics: metricsSchema,
    telemetry: telemetrySchema,
    operationLogs: Type.Object(
      {
        retentionDays: Type.Integer({
          default: 30,
          minimum: 1,
          maximum: 3_650,
          description: 'Days an operation log is kept after its run has ended.',
        }),
        maxMegabytes: Type.Integer({
          default: 10_000,
          minimum: 10,
          maximum: 1_000_000,
          description: 'Size in MB of all operation logs together; beyond it the oldest go first.',
        }),
      },
      strict,
    ),
    debugLogs: debugLogsSchema,
    stop: Type.Object(
      {
        graceSeconds: Type.Integer({
          default: 300,
          minimum: 0,
          maximum: 86_400,
          description: 'Seconds runs may go on after the first SIGTERM or SIGINT.',
        }),
        cancelSeconds: Type.Integer({
          default: 20,
          minimum: 1,
          maximum: 600,
          description: 'Seconds runs may take to stop at their checkpoints after that.',
        }),
      },
      strict,
    ),
    operations: Type.Object(
      {
        timeoutSeconds: Type.Integer({
          default: 7_200,
          minimum: 1,
          maximum: 604_800,
          description: 'Seconds a run may be worked on when neither its job nor its operation says it.',
        }),
      },
      strict,
    ),
    connectors: connectorsSchema,
    secrets: Type.Object(
      {
        keyFile: Type.String({
          ...fromDataDir,
          default: 'secret.key',
          description: 'File with the key for encrypted values; written at the first start, for its owner only.',
        }),
        key: Type.Optional(
          Type.String({
            ...secret,
            pattern: '^[A-Za-z0-9+/_-]{43}=?$',
            description: 'The key itself: 32 bytes in base64; instead of the file.',
          }),
        ),
      },
      strict,
    ),
    policy: Type.Object(
      {
        disableAutoConnectorUpdate: Type.Boolean({
          default: false,
          description: 'Never fetch newer releases of connectors.',
        }),
      },
      strict,
    ),
  },
  { ...strict, title: 'configuration of an agent' },
)
export type Config = Static<typeof configSchema>

/** One key of the configuration. */
export interface ConfigKey {
  /** `redis.url`. */
  readonly key: string
  readonly path: readonly string[]
  readonly schema: TSchema
  /** `AGENT_REDIS_URL`. */
  readonly environment: string
  /** Name of a variable that holds the path of a file with the value; only secrets have one. */
  readonly fileEnvironment: string | undefined
  readonly isSecret: boolean
  readonly isOptional: boolean
}

/** All keys, in the order of the schema. */
export const configKeys: readonly ConfigKey[] = leavesOf(configSchema, [])

function leavesOf(schema: TSchema, path: readonly string[]): readonly ConfigKey[] {
  const properties = schema['properties'] as { readonly [name: string]: TSchema } | undefined // JSON Schema's own shape
  if (properties !== undefined) {
    return Object.entries(properties).flatMap(([name, inner]) => leavesOf(inner, [...path, name]))
  }
  const environment = environmentName(path)
  const isSecret = schema['x-secret'] === true
  const hasFileKey = path[0] === 'api' || path[0] === 'secrets'
  return [
    {
      key: path.join('.'),
      path,
      schema,
      environment,
      // `api.token` and `secrets.key` have a key for their file, which has that very name.
      fileEnvironment: isSecret && !hasFileKey ? `${environment}_FILE` : undefined,
      isSecret,
      isOptional: schema['default'] === undefined,
    },
  ]
}

function environmentName(path: readonly string[]): string {
  const words = path[0] === 'agent' ? path : ['agent', ...path]
  return words.map(word => word.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()).join('_')
}
