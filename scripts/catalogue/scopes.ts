import type { ScopeFacts, Way } from '../../connectors/bigcommerce/catalogue/facts.ts'
import type { Document } from './documents.ts'
import { objectAt } from './json.ts'
import { scopes } from './overlay-scopes.ts'

/** The entry of the overlay for a path; the longest holds. */
export function ownScopesOf(shape: string): string | undefined {
  const [found] = Object.keys(scopes)
    .filter(path => shape === path || shape.startsWith(`${path}/`))
    .sort((a, b) => b.length - a.length)
  return found
}

/** The scopes of all documents, and the entries of the overlay that ways have. */
export function allScopes(
  documents: readonly Document[],
  ways: readonly Way[],
): { readonly [name: string]: ScopeFacts } {
  const used = [...new Set(ways.flatMap(way => way.scopes ?? []))].sort()
  return Object.fromEntries([
    ...documents.map(document => [document.name, scopesOf(document)] as const),
    ...used.flatMap(path => (scopes[path] === undefined ? [] : [[path, scopes[path]] as const])),
  ])
}

/** The scopes stand in the prose of the security scheme, as rows of a table. What permits reading only says so. */
function scopesOf({ root }: Document): ScopeFacts {
  const text = JSON.stringify(objectAt(objectAt(root, 'components'), 'securitySchemes'))
  const scopes = [...new Set(text.match(/\bstore_[a-z0-9_]+/g))].filter(scope => scope !== 'store_hash').sort()
  const isRead = (scope: string) => /_read(_only)?$/.test(scope)
  return { modify: scopes.filter(scope => !isRead(scope)), read: scopes.filter(isRead) }
}
