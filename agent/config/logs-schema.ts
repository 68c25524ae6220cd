import { Type } from '@sinclair/typebox'
import { logLevels } from '../logs/loggers.ts'
import { fromDataDir, fromHome, strict } from './schema-parts.ts'

/** The part `logs` of the configuration: the agent log and the connector logs. */
export const logsSchema = Type.Object(
  {
    level: Type.Union(
      logLevels.map(level => Type.Literal(level)),
      { default: 'info', description: 'Lowest level that is logged, unless `logs.levelsFile` says another.' },
    ),
    levelsFile: Type.String({
      ...fromHome,
      default: 'config/logback.xml',
      minLength: 1,
      description: 'Levels of single loggers, watched while the agent runs; may be missing.',
    }),
    directory: Type.String({
      ...fromDataDir,
      default: 'logs',
      description: 'Where the agent log and the connector logs go.',
    }),
    maskFields: Type.Array(Type.String({ pattern: '^[^\\s"\\\\]{1,100}$' }), {
      default: [],
      description:
        'Names of fields of records, as `email` or `phone`, whose values are masked in all logs; data and kept records stay as they are. JSON in the environment.',
    }),
    format: Type.Union([Type.Literal('plain'), Type.Literal('ecs')], {
      default: 'plain',
      description: 'Names of the fields in files and on stdout: ours, or those of the Elastic Common Schema.',
    }),
    stdout: Type.Union([Type.Literal('json'), Type.Literal('pretty'), Type.Literal('none')], {
      default: 'json',
      description: 'How the logs are repeated on stdout.',
    }),
    maxFileMegabytes: Type.Integer({
      default: 20,
      minimum: 1,
      maximum: 10_000,
      description: 'Size in MB at which a log file is rotated.',
    }),
    maxFiles: Type.Integer({ default: 10, minimum: 1, maximum: 1_000, description: 'Rotated files kept per log.' }),
    maxTotalMegabytes: Type.Integer({
      default: 500,
      minimum: 1,
      maximum: 1_000_000,
      description: 'Size in MB of all log files together; beyond it the oldest rotated ones go first.',
    }),
  },
  strict,
)
