import type { DataRecord, JsonValue } from '../../sdk/connector.ts'
import { ConnectorError } from '../../sdk/errors.ts'
import type { Source } from './source.ts'

/**
 * Parts that come whole with their parents, by the path of the parents' list: what `include` calls them. Products:
 * products_catalog.v3, read April 2026. Reviews are not in here: nobody says that all of them come.
 */
const wholeParts: { readonly [path: string]: readonly string[] } = {
  '/v3/catalog/products': [
    'bulk_pricing_rules',
    'custom_fields',
    'images',
    'modifiers',
    'options',
    'variants',
    'videos',
  ],
}

/** The value of `include` that brings all records of a sub-object with its parents; undefined = there is none. */
export function wholePartOf(parentsPath: string, subObject: string): string | undefined {
  const part = subObject.replaceAll('-', '_')
  return wholeParts[parentsPath]?.includes(part) === true ? part : undefined
}

/** The parts of the parents as records of their own, each with the key of its parent. */
export function partsOf(
  parents: Source,
  part: string,
  names: { readonly parent: string; readonly carried: string },
): Source {
  return async function* (from, reader) {
    for await (const { records, next } of parents(from, { ...reader, most: Number.POSITIVE_INFINITY })) {
      const parts = records.flatMap(parent =>
        listIn(parent, part).map(record => ({ [names.carried]: parent[names.parent] ?? null, ...record })),
      )
      if (parts.length > 0) yield { records: parts, next }
    }
  }
}

function listIn(parent: DataRecord, part: string): readonly DataRecord[] {
  const list: JsonValue | undefined = parent[part]
  if (Array.isArray(list)) return list as readonly DataRecord[] // JSON of the store
  throw new ConnectorError('RESPONSE_INVALID', `the store was asked to include ${part} and did not`)
}
