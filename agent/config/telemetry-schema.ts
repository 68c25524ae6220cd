import { Type } from '@sinclair/typebox'
import { secret, strict } from './schema-parts.ts'

/** The part `metrics` of the configuration. */
export const metricsSchema = Type.Object(
  {
    logSeconds: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: 3_600,
      description: 'Every so many seconds all metrics go to `logs/metrics.log` and to stdout, as JSON; 0: never.',
    }),
  },
  strict,
)

/** The part `telemetry` of the configuration: traces of runs. */
export const telemetrySchema = Type.Object(
  {
    tracesUrl: Type.Optional(
      Type.String({
        pattern: '^https?://[^\\s@]+$',
        description:
          'Where traces of runs go: an address for OTLP over HTTP, like `http://127.0.0.1:4318/v1/traces`. Absent: none are made.',
      }),
    ),
    sampleRatio: Type.Number({
      default: 1,
      minimum: 0,
      maximum: 1,
      description: 'Share of runs that are traced; a run that comes with a trace follows that.',
    }),
    headers: Type.Optional(
      Type.String({
        ...secret,
        pattern: '^[A-Za-z0-9-]+=[^,]*(,\\s*[A-Za-z0-9-]+=[^,]*)*$',
        description: 'Headers for the collector: `name=value`, commas between them, values percent-encoded.',
      }),
    ),
  },
  strict,
)
