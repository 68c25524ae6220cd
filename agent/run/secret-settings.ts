import type { Connector } from '../../connectors/sdk/connector.ts'

/**
 * The values of the settings that a connector marks as secret. The project masks what it decrypts; this catches a
 * secret that somebody wrote into a job or a file in clear text, be it in a list or a mapping by mistake.
 */
export function secretSettings(connector: Connector, settings: unknown): readonly string[] {
  if (typeof settings !== 'object' || settings === null) return []
  const properties = (connector.settings['properties'] ?? {}) as { readonly [name: string]: { 'x-secret'?: boolean } }
  return Object.entries(settings).flatMap(([name, value]) =>
    Object.hasOwn(properties, name) && properties[name]?.['x-secret'] === true ? textsIn(value) : [],
  )
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(textsIn)
  return typeof value === 'string' || typeof value === 'number' ? [String(value)] : []
}
