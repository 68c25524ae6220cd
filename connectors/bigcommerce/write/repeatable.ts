import type { DataRecord } from '../../sdk/connector.ts'
import type { Call, Item } from './call.ts'

/**
 * Whether a call does the same when it is applied twice. POST never; DELETE always; PUT, except where it makes
 * something of what has no key (documents of trees and site routes) or adds (lines of v2 orders).
 */
export function isRepeatable(
  { object, route: { operation } }: Pick<Call, 'object' | 'route'>,
  items: readonly Item[],
): boolean {
  switch (operation.method) {
    case 'POST':
    case 'GET':
      return false
    case 'DELETE':
      return true
    case 'PUT':
      return !items.some(({ body }) => adds(object.name, (body ?? {}) as DataRecord)) // scalars have no fields to look at
    default:
      return operation.method satisfies never
  }
}

function adds(object: string, body: DataRecord): boolean {
  switch (object) {
    case 'category-trees':
    case 'routes':
      return body['id'] === undefined
    case 'orders':
      return ['products', 'shipping_addresses', 'consignments'].some(field => body[field] !== undefined)
    default:
      return false
  }
}
