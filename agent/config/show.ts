import { mask } from '../logs/redact.ts'
import type { LoadedConfig } from './load.ts'
import { configKeys } from './schema.ts'

/** One key of a configuration as it is shown. */
export interface ShownKey {
  readonly key: string
  /** `********` for a secret; absent when the key has no value. */
  readonly value?: unknown
  readonly origin: string
}

/** All keys with value and origin; secrets are masked, whatever they are. */
export function showConfig({ config, origins }: LoadedConfig): readonly ShownKey[] {
  return configKeys.map(({ key, path, isSecret }) => {
    const value = path.reduce<unknown>((tree, name) => (tree as { [name: string]: unknown })[name], config) // a key of the schema
    const origin = origins.get(key) ?? 'default'
    if (value === undefined) return { key, origin }
    return { key, value: isSecret ? mask : value, origin }
  })
}
