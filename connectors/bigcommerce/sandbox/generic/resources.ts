import type { CatalogueFacts, FactSchema, ObjectFacts } from '../../catalogue/facts.ts'
import { type Collection, indexOfId, type Json, type Row, risingIds } from '../data/collection.ts'
import { createFan } from '../data/fan.ts'
import { createOverlay, type Overlay } from '../data/overlay.ts'
import type { StoreRecords } from '../data/store.ts'
import { belongs, createOwners, homePath, lastKey, nameOf, type Owners } from './owners.ts'
import { numberOfUuid, sampleRow, sampleUuid } from './sample.ts'
import { createSchemaReader, type ReadSchema } from './schema.ts'
import { seedRows } from './seeds.ts'

/** An object of the catalogue with its records. Every record has a number; its key is that, a uuid of it, or a field. */
export interface Resource {
  readonly name: string
  readonly facts: ObjectFacts
  readonly shelf: Overlay
  readonly keyKind: 'integer' | 'uuid' | 'field' | 'none'
  /** The objects above it, outermost first. */
  readonly parents: readonly string[]
  /** The field of a record that names its parent. */
  readonly parentField: string | undefined
  /** Of the record as it is read, else as it is sent. */
  readonly schema: FactSchema
  /** One document, or one for each parent. */
  readonly isSingleton: boolean
  /** The number of the record with that key; below that parent, when one is given. */
  find(key: string, parentId?: number): number | undefined
  /** The key of the record of that number, as its own field and the `resource_id` of others hold it. */
  keyOf(id: number): Json
}

/** All objects of a store. */
export interface Resources {
  readonly read: ReadSchema
  readonly owners: Owners
  readonly all: readonly Resource[]
  get(name: string): Resource
}

/** The objects of the catalogue over the records of a store; those the store has none of get a few made of their schema. */
export function createResources(facts: CatalogueFacts, records: StoreRecords): Resources {
  const read = createSchemaReader(facts.$defs)
  const owners = createOwners(facts.objects)
  const known = new Map<string, Resource>()
  const context: Context = { read, owners, records, get: name => get(name) }
  function get(name: string): Resource {
    const found = known.get(name)
    if (found !== undefined) return found
    const object = withKey(facts.objects.find(one => nameOf(one) === name))
    if (object === undefined) throw new Error(`the catalogue has no object ${name}`)
    const made = createResource(context, object)
    known.set(name, made)
    return made
  }
  return { read, owners, all: facts.objects.map(object => get(nameOf(object))), get }
}

/** The facts know no key of categories in trees, as no path ends with it. */
function withKey(object: ObjectFacts | undefined): ObjectFacts | undefined {
  return object?.name === 'tree-categories' ? { ...object, key: 'category_id' } : object
}

interface Context {
  readonly read: ReadSchema
  readonly owners: Owners
  readonly records: StoreRecords
  get(name: string): Resource
}

function createResource(context: Context, facts: ObjectFacts): Resource {
  const name = nameOf(facts)
  const home = homePath(facts.ways[0] ?? { kind: 'collection', document: '', operations: [] })
  const names = context.owners(home)
  const above = belongs[name]
  const found = names.map(parent => parent ?? name).filter(parent => parent !== name)
  const parents = above === undefined ? found : [above.to]
  const isSingleton = facts.ways[0]?.kind === 'singleton' || (facts.ways[0]?.kind === 'keyed' && parents.length > 0)
  const schema = schemaOf(facts)
  const keyKind = keyKindOf(context.read, facts, schema)
  const parentField =
    above?.by ?? (parents.length === 0 ? undefined : parentFieldOf(context.read, schema, lastKey(home)))
  const draft: Draft = { name, facts, keyKind, parents, parentField, schema, isSingleton, kind: hash(name) }
  const shelf = context.records.shelves.get(name) ?? createOverlay(baseOf(context, draft))
  context.records.shelves.set(name, shelf)
  return {
    ...draft,
    shelf,
    find: (key, parentId) => find(draft, shelf, key, parentId),
    keyOf: id => (keyKind === 'uuid' ? sampleUuid(draft.kind, id) : id),
  }
}

interface Draft extends Omit<Resource, 'shelf' | 'find' | 'keyOf'> {
  readonly kind: number
}

function schemaOf({ ways }: ObjectFacts): FactSchema {
  const operations = ways.flatMap(way => way.operations)
  const reading = operations.find(({ method, record }) => method === 'GET' && record !== undefined)
  return (
    reading?.record ??
    operations.find(({ record }) => record)?.record ??
    operations.find(({ body }) => body)?.body ??
    {}
  )
}

/** Of the fields that hold keys, those that hold the number of the record. */
const numberKeys: ReadonlySet<string> = new Set(['id', 'listing_id', 'category_id'])

function keyKindOf(read: ReadSchema, { key, ways }: ObjectFacts, schema: FactSchema): Resource['keyKind'] {
  if (key === undefined) return ways[0]?.kind === 'keyed' ? 'uuid' : 'none'
  if (!numberKeys.has(key) && !key.includes('uuid')) return 'field'
  const sent = ways.flatMap(way => way.operations).find(({ body }) => body && read(body).properties[key])?.body
  const property = read(sent ?? schema).properties[key]
  const isNumber = property === undefined || ['integer', 'number'].includes(read(property).type)
  return isNumber || ways[0]?.path?.startsWith('/v2/') || ways[0]?.path?.includes('metafields') ? 'integer' : 'uuid'
}

function parentFieldOf(read: ReadSchema, schema: FactSchema, key: string | undefined): string | undefined {
  const { properties } = read(schema)
  if (key !== undefined && Object.hasOwn(properties, key)) return key
  return Object.hasOwn(properties, 'resource_id') ? 'resource_id' : undefined
}

function hash(text: string): number {
  let word = 7
  for (const letter of text) word = (Math.imul(word, 31) + letter.charCodeAt(0)) & 0xffffff
  return word
}

/** Something to read below every parent: so many records below the first parent, so many below the second … */
const childFan = createFan([2, 1, 3, 1])
const oneEach = createFan([1])
const oneOfTwo = createFan([1, 0])
const recordsAtTop = 3

function baseOf(context: Context, draft: Draft): Collection {
  const { name, parents, isSingleton } = draft
  const parentName = parents.at(-1)
  const given = seedRows(name)
  if (parentName === undefined) {
    const size = isEmptyAtFirst(draft) ? 0 : (given?.length ?? (isSingleton ? 1 : recordsAtTop))
    return { name, size, keyField: keyFieldOf(draft), ...risingIds(size, 1), make: at => rowOf(context, draft, at + 1) }
  }
  const parent = context.get(parentName).shelf.base
  const fan = isSingleton ? oneEach : Object.hasOwn(belongs, name) ? oneOfTwo : childFan
  const size = isEmptyAtFirst(draft) || given?.length === 0 ? 0 : fan.total(parent.size)
  const parentIdAt = (index: number): number => parent.idAt(fan.parentOf(index))
  return {
    name,
    size,
    keyField: keyFieldOf(draft),
    ...risingIds(size, 1),
    parentIdAt,
    under: parentId => {
      const index = size === 0 ? undefined : indexOfId(parent, parentId)
      return index === undefined ? [] : [fan.children(index)]
    },
    make: index => rowOf(context, draft, index + 1, parentIdAt(index)),
  }
}

/** What only is there when somebody has sent it. */
function isEmptyAtFirst({ facts }: Draft): boolean {
  return facts.ways.every(({ kind }) => kind === 'write-only')
}

function keyFieldOf({ facts }: Draft): string {
  return facts.key ?? 'id'
}

function rowOf({ read, records, get }: Context, draft: Draft, number: number, parentId?: number): Row {
  const { name, facts, kind, schema, keyKind, parentField, parents } = draft
  const isV2 = facts.ways[0]?.path?.startsWith('/v2/') ?? false
  const row = sampleRow({ read, seed: records.size.seed, kind, isV2 }, schema, number)
  const parentName = parents.at(-1)
  return {
    ...row,
    ...(facts.key === undefined || keyKind === 'field'
      ? {}
      : { [facts.key]: keyKind === 'uuid' ? sampleUuid(kind, number) : number }),
    ...(parentField === undefined || parentName === undefined || parentId === undefined
      ? {}
      : { [parentField]: get(parentName).keyOf(parentId) }),
    ...('permission_set' in row ? { permission_set: 'read' } : {}),
    ...('currency' in row && typeof row['currency'] === 'string' && name.startsWith('price-lists/')
      ? { currency: 'usd' }
      : {}),
    ...seedRows(name)?.[number - 1],
  }
}

function find({ keyKind, kind, facts }: Draft, shelf: Overlay, key: string, parentId?: number): number | undefined {
  if (keyKind === 'field') return findByField(shelf, facts.key ?? '', key, parentId)
  const id = keyKind === 'uuid' ? numberOfUuid(kind, key) : /^\d{1,15}$/.test(key) ? Number(key) : Number.NaN
  if (!shelf.has(id)) return undefined
  return parentId === undefined || shelf.parentOf(id) === parentId ? id : undefined
}

function findByField({ collection }: Overlay, field: string, key: string, parentId?: number): number | undefined {
  const ranges = parentId === undefined ? [{ from: 0, to: collection.size }] : (collection.under?.(parentId) ?? [])
  for (const { from, to } of ranges) {
    for (let index = from; index < to; index++) {
      if (String(collection.make(index)[field]) === key) return collection.idAt(index)
    }
  }
  return undefined
}
