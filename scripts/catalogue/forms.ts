import type { Form } from '../../connectors/bigcommerce/catalogue/facts.ts'
import type { Body } from './bodies.ts'
import { neededHeader } from './parameters.ts'
import type { Placed } from './resources.ts'

/** What a request does, seen from outside. Throws on a write without a body: that is a command. */
export function formOf(
  placed: Placed,
  { isList, body, hasFilters, key }: { isList: boolean; body: Body; hasFilters: boolean; key: string },
): Form {
  switch (placed.method) {
    case 'GET':
      return placed.at !== 'collection' ? 'get' : isList ? 'list' : 'read'
    case 'POST':
    case 'PUT':
      return formOfWrite(body, key)
    default:
      return formOfDelete(placed, body, hasFilters)
  }
}

function formOfWrite(body: Body, key: string): Form {
  if (body.holder !== undefined) return 'holder'
  switch (body.shape) {
    case 'array':
      return 'array'
    case 'either':
      return 'one-or-array'
    case 'multipart':
      return 'multipart'
    case 'one':
      return 'one'
    default:
      throw new Error(`${key}: a request without a body is not understood; is it a command?`)
  }
}

function formOfDelete(placed: Placed, body: Body, hasFilters: boolean): Form {
  if (placed.at !== 'collection') return 'item'
  if (body.shape !== 'none') return 'body'
  if (neededHeader(placed) !== undefined) return 'header'
  return hasFilters ? 'filter' : 'all'
}
