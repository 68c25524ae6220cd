/** No other keys than those of the schema. */
export const strict = { additionalProperties: false } as const
/** A value that is masked wherever it is shown. */
export const secret = { 'x-secret': true } as const
/** A path; relative ones start at the agent home. */
export const fromHome = { 'x-path': 'home' } as const
/** A path; relative ones start at `dataDir`. */
export const fromDataDir = { 'x-path': 'dataDir' } as const
