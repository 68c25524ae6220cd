import type {
  CatalogueFacts,
  Kind,
  NotCovered,
  ObjectFacts,
  Operation,
  ScopeFacts,
  Way,
} from '../../connectors/bigcommerce/catalogue/facts.ts'
import { type Document, readDocuments } from './documents.ts'
import { objectAt } from './json.ts'
import { keyOf, labelOf, namesOf } from './names.ts'
import { operationFacts } from './operations.ts'
import { noTwins, twins } from './overlay.ts'
import { groupResources, type Resource, shapeOf } from './resources.ts'
import { createSharing } from './share.ts'

/** Makes the catalogue from a folder of documents. The same documents give the same catalogue. */
export function makeCatalogue(folder: string): CatalogueFacts {
  const documents = readDocuments(folder)
  const { resources, notCovered } = groupResources(documents.flatMap(({ operations }) => operations))
  const ways = new Map(resources.map(resource => [shapeOfWay(resource), wayOf(resource)]))
  const objects = objectsOf(ways)
  return {
    ...withSharedSchemas(objects),
    scopes: Object.fromEntries(documents.map(document => [document.name, scopesOf(document)])),
    notCovered: [...notCovered].sort(byPath),
  }
}

function byPath(a: NotCovered, b: NotCovered): number {
  return a.path < b.path ? -1 : 1
}

/** The shape of the path that names a resource. */
function shapeOfWay({ path, itemPath }: Pick<Resource, 'path' | 'itemPath'>): string {
  return shapeOf(path ?? itemPath ?? '')
}

function wayOf(resource: Resource): Way {
  const { path, itemPath, item2Path } = resource
  const kind = kindOf(resource, resource.operations.map(operationFacts))
  return {
    kind,
    ...(path === undefined ? {} : { path }),
    ...(itemPath === undefined ? {} : { itemPath }),
    ...(item2Path === undefined ? {} : { item2Path }),
    document: resource.operations[0]?.document.name ?? '',
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

function objectsOf(ways: ReadonlyMap<string, Way>): readonly ObjectFacts[] {
  const ownerOfTwin = new Map([...ways.keys()].flatMap(shape => twinOf(shape, ways)))
  const shapes = [...ways.keys()].filter(shape => !ownerOfTwin.has(shape)).sort()
  const twinOfOwner = new Map([...ownerOfTwin].map(([twin, owner]) => [owner, twin]))
  const taken = new Set<string>()
  return shapes.map(shape => {
    const both = [shape, twinOfOwner.get(shape)].flatMap(each => ways.get(each ?? '') ?? [])
    const { name, parent } = namesOf(shape, ways)
    const full = `${parent ?? ''}/${name}`
    if (taken.has(full)) throw new Error(`two objects are called ${full}: ${shape}`)
    taken.add(full)
    const key = keyOf(shape, both)
    return {
      name,
      label: labelOf(name),
      ...(parent === undefined ? {} : { parent }),
      ...(both.every(way => way.operations.every(({ deprecated }) => deprecated === true)) ? { deprecated: true } : {}),
      ...(key === undefined ? {} : { key }),
      ways: both,
    }
  })
}

/** A store-wide path and the sub-object it is another way to. */
function twinOf(shape: string, ways: ReadonlyMap<string, Way>): readonly (readonly [string, string])[] {
  const named = twins[shape]
  if (named !== undefined) return ways.has(named) ? [[shape, named]] : []
  const owner = [...ways.keys()].find(
    other => other !== shape && other.includes('/{}/') && other.replaceAll('/{}', '') === shape,
  )
  return owner === undefined || shape.includes('{}') || noTwins.includes(shape) ? [] : [[shape, owner]]
}

function withSharedSchemas(objects: readonly ObjectFacts[]): Pick<CatalogueFacts, 'objects' | '$defs'> {
  const sharing = createSharing()
  const each = objects.flatMap(({ ways }) => ways.flatMap(({ operations }) => operations))
  for (const { body, record } of each) {
    if (body !== undefined) sharing.note(body)
    if (record !== undefined) sharing.note(record)
  }
  const withShared = (operation: Operation): Operation => ({
    ...operation,
    ...(operation.body === undefined ? {} : { body: sharing.shared(operation.body) }),
    ...(operation.record === undefined ? {} : { record: sharing.shared(operation.record) }),
  })
  const shared = objects.map(object => ({
    ...object,
    ways: object.ways.map(way => ({ ...way, operations: way.operations.map(withShared) })),
  }))
  return { objects: shared, $defs: sharing.defs() }
}

/** The scopes stand in the prose of the security scheme, as rows of a table. What permits reading only says so. */
function scopesOf({ root }: Document): ScopeFacts {
  const text = JSON.stringify(objectAt(objectAt(root, 'components'), 'securitySchemes'))
  const scopes = [...new Set(text.match(/\bstore_[a-z0-9_]+/g))].filter(scope => scope !== 'store_hash').sort()
  const isRead = (scope: string) => /_read(_only)?$/.test(scope)
  return { modify: scopes.filter(scope => !isRead(scope)), read: scopes.filter(isRead) }
}
