import type { DataRecord } from '../../sdk/connector.ts'
import { ConnectorError } from '../../sdk/errors.ts'
import type { ObjectFacts } from '../catalogue/facts.ts'
import { fullName, type Route } from '../catalogue/objects.ts'
import { type Keys, keysIn, templateOf } from '../paths.ts'
import { fanOut, given } from './fan-out.ts'
import { prepareRequest, readAheadOf, type Wanted } from './request.ts'
import type { Source } from './source.ts'

/** Keys as the options give them: one value or several. */
export type GivenKeys = { readonly [key: string]: string | number | readonly (string | number)[] }

/** OPTIONS_INVALID for keys without which an object cannot be read. */
export function needsKeys(object: ObjectFacts, names: readonly string[]): ConnectorError {
  const keys = names.map(name => `keys.${name}`).join(' and ')
  return new ConnectorError('OPTIONS_INVALID', `${fullName(object)} cannot be read without ${keys}`)
}

/** The records of a route all of whose keys are given, in the order of the keys. */
export function recordsOfKeys(object: ObjectFacts, route: Route, keys: GivenKeys, wanted: Wanted): Source {
  const names = keysIn(templateOf(route))
  const combinations = combine(names, keys)
  const isSingle = combinations.length === 1
  const request = prepareRequest(object, route, isSingle ? wanted : { ...wanted, readAhead: 1 })
  const above = keysAbove(route)
  return fanOut({
    parents: given(combinations),
    branchOf: parent => {
      const values = parent as Keys // made of them by `combine`
      const carried = Object.fromEntries(above.map(name => [name, values[name] ?? null]))
      return { source: request.source(values), key: parent, carried }
    },
    ahead: readAheadOf(wanted, route.operation),
  })
}

/** The keys of the records above, which each record carries; its own key stands in it. */
function keysAbove({ way }: Route): readonly string[] {
  return keysIn(way.path ?? way.itemPath ?? '')
}

function combine(names: readonly string[], keys: GivenKeys): readonly DataRecord[] {
  return names.reduce<readonly DataRecord[]>(
    (combinations, name) =>
      combinations.flatMap(each => valuesOf(keys, name).map(value => ({ ...each, [name]: value }))),
    [{}],
  )
}

/** Each once: a key given twice would bring its records twice. */
function valuesOf(keys: GivenKeys, name: string): readonly (string | number)[] {
  return [...new Set([keys[name] ?? []].flat())]
}
