import { Type } from '@sinclair/typebox'
import { strict } from './schema-parts.ts'

/** Debug data of runs. */
export const debugLogsSchema = Type.Object(
  {
    retentionHours: Type.Integer({
      default: 24,
      minimum: 1,
      maximum: 8_760,
      description: 'Hours the debug data of a run is kept after its last line.',
    }),
    maxRunMegabytes: Type.Integer({
      default: 100,
      minimum: 1,
      maximum: 100_000,
      description: 'Size in MB of the debug data of one run; beyond it its oldest goes first.',
    }),
    maxTotalMegabytes: Type.Integer({
      default: 1_000,
      minimum: 1,
      maximum: 1_000_000,
      description: 'Size in MB of the debug data of all runs together; beyond it the oldest runs go first.',
    }),
    encrypt: Type.Boolean({
      default: false,
      description: 'Encrypt debug data with a key made of that of `secrets.keyFile`.',
    }),
  },
  strict,
)
