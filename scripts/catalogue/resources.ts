import type { NotCovered } from '../../connectors/bigcommerce/catalogue/facts.ts'
import type { DocumentedOperation } from './documents.ts'
import { objectAt } from './json.ts'
import { mediaTypesOf } from './json-content.ts'
import { commands } from './overlay.ts'

/** A request and which of the paths of its resource it has. */
export type Placed = DocumentedOperation & { readonly at: 'collection' | 'item' | 'item2' }

/** Requests that belong together: those of a collection path and of the item paths below it. */
export interface Resource {
  /** With the names of keys; undefined when there is only an item path. */
  readonly path: string | undefined
  readonly itemPath: string | undefined
  readonly item2Path: string | undefined
  readonly operations: readonly Placed[]
}

/** A path with `{}` for each key: documents name the same key differently. */
export function shapeOf(path: string): string {
  return path.replaceAll(/\{[^}]+\}/g, '{}')
}

/** Puts requests together, and the paths that hold no records aside. */
export function groupResources(operations: readonly DocumentedOperation[]): {
  readonly resources: readonly Resource[]
  readonly notCovered: readonly NotCovered[]
} {
  const byShape = groupBy(operations, ({ path }) => shapeOf(path))
  const resources: Resource[] = []
  const notCovered: NotCovered[] = []
  const collections = [...byShape.keys()].filter(shape => isCollection(shape, byShape))
  for (const shape of collections) {
    const own = byShape.get(shape) ?? []
    const kind = otherKind(shape, own)
    if (kind !== undefined) {
      notCovered.push({ path: own[0]?.path ?? shape, methods: own.map(({ method }) => method), kind })
      continue
    }
    const isItemOnly = shape.endsWith('/{}')
    const item = isItemOnly ? own : (byShape.get(`${shape}/{}`) ?? [])
    const item2 = isItemOnly ? [] : (byShape.get(`${shape}/{}/{}`) ?? [])
    resources.push({
      path: isItemOnly ? undefined : own[0]?.path,
      itemPath: item[0]?.path,
      item2Path: item2[0]?.path,
      operations: [
        ...(isItemOnly ? [] : own.map(each => ({ ...each, at: 'collection' as const }))),
        ...item.map(each => ({ ...each, at: 'item' as const })),
        ...item2.map(each => ({ ...each, at: 'item2' as const })),
      ],
    })
  }
  return { resources, notCovered }
}

function isCollection(shape: string, shapes: ReadonlyMap<string, unknown>): boolean {
  if (!shape.endsWith('/{}')) return true
  const above = shape.slice(0, -3)
  return !shapes.has(above) && !(above.endsWith('/{}') && shapes.has(above.slice(0, -3)))
}

function otherKind(shape: string, operations: readonly DocumentedOperation[]): NotCovered['kind'] | undefined {
  if (commands.includes(shape)) return 'command'
  if (shape.endsWith('/count')) return 'count'
  if (operations.every(isStream)) return 'stream'
  const writes = operations.filter(({ method }) => method === 'POST')
  const hasGet = operations.some(({ method }) => method === 'GET')
  return writes.length > 0 && !hasGet && writes.every(isUpload) ? 'upload' : undefined
}

function isStream({ method, operation, document }: DocumentedOperation): boolean {
  if (method !== 'GET') return false
  const answers = Object.values(objectAt(operation, 'responses')).flatMap(each => mediaTypesOf(document, each))
  return answers.some(type => type === 'text/event-stream' || type === 'text/csv')
}

function isUpload({ operation, path, document }: DocumentedOperation): boolean {
  return path.endsWith('/image') || mediaTypesOf(document, operation['requestBody']).includes('multipart/form-data')
}

function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const value of values) groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value])
  return groups
}
