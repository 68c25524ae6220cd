import type { Kind, Operation, Way } from '../../connectors/bigcommerce/catalogue/facts.ts'
import { operationFacts } from './operations.ts'
import { type Resource, shapeOf } from './resources.ts'
import { ownScopesOf } from './scopes.ts'

/** The shape of the path that names a resource. */
export function shapeOfWay({ path, itemPath }: Pick<Resource, 'path' | 'itemPath'>): string {
  return shapeOf(path ?? itemPath ?? '')
}

/** The facts of a resource. */
export function wayOf(resource: Resource): Way {
  const { path, itemPath, item2Path } = resource
  const scopes = ownScopesOf(shapeOfWay(resource))
  const kind = kindOf(resource, resource.operations.map(operationFacts))
  return {
    kind,
    ...(path === undefined ? {} : { path }),
    ...(itemPath === undefined ? {} : { itemPath }),
    ...(item2Path === undefined ? {} : { item2Path }),
    document: resource.operations[0]?.document.name ?? '',
    ...(scopes === undefined ? {} : { scopes }),
    operations: resource.operations.map(operationFacts).map(operation => asKind(kind, operation)),
  }
}

function kindOf({ path, itemPath }: Resource, operations: readonly Operation[]): Kind {
  if (path === undefined) return 'keyed'
  if (operations.some(({ form }) => form === 'list') || itemPath !== undefined) return 'collection'
  return operations.some(({ form }) => form === 'read') ? 'singleton' : 'write-only'
}

/** Without a list or items there is but one document: a DELETE without a filter deletes that. */
function asKind(kind: Kind, operation: Operation): Operation {
  const isOne = operation.form === 'all' && (kind === 'singleton' || kind === 'write-only')
  return isOne ? { ...operation, form: 'singleton' } : operation
}
