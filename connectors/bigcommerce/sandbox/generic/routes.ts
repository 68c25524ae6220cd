import type { CatalogueFacts, Operation, Way } from '../../catalogue/facts.ts'
import { type Answer, json, noContent } from '../answer.ts'
import type { Respond, Route, RoutedRequest } from '../router.ts'
import { refusalAnswer } from './answers.ts'
import type { Change, Ledger } from './change.ts'
import { refuse } from './change.ts'
import { removeAllAnswer, removeAnswer, removeListedAnswer, removeMatchingAnswer } from './deletes.ts'
import { innerAnswer, isInner } from './embedded.ts'
import { plainPath } from './owners.ts'
import { upsertPairAnswer } from './pairs.ts'
import { documentAnswer, documentId, itemAnswer, listAnswer } from './reads.ts'
import type { Resource } from './resources.ts'
import { stockAnswer } from './stock.ts'
import { idsUnder } from './store-record.ts'
import { createAnswer, missing, updateAllAnswer, updateAnswer } from './writes.ts'

/** The routes of every object of the catalogue. */
export function genericRoutes(facts: CatalogueFacts, ledger: Ledger): readonly Route[] {
  return [
    ...ledger.resources.all.flatMap(resource =>
      resource.facts.ways.flatMap(way => routesOf(facts, ledger, resource, way)),
    ),
    ...facts.notCovered.map(({ path, methods, kind }) => ({
      ...(kind === 'count' ? countOf(ledger, path) : {}),
      ...place(ledger, path),
      methods,
      scopes: [],
    })),
  ]
}

function routesOf(facts: CatalogueFacts, ledger: Ledger, resource: Resource, way: Way): readonly Route[] {
  const places: readonly (readonly [Operation['at'], string | undefined])[] = [
    [undefined, way.path],
    ['item', way.itemPath],
    ['item2', way.item2Path],
  ]
  return places.flatMap(([at, path]) => {
    const operations = way.operations.filter(operation => operation.at === at)
    if (path === undefined || operations.length === 0) return []
    return [routeOf(facts, { ledger, resource, way, path }, operations)]
  })
}

/** How many records the list has that the count stands below. */
function countOf(ledger: Ledger, path: string): Pick<Route, 'get'> {
  const listPath = plainPath(path).replace(/\/count$/, '')
  const resource = ledger.resources.all.find(({ facts }) =>
    facts.ways.some(way => way.path !== undefined && plainPath(way.path) === listPath),
  )
  if (resource === undefined) return {}
  const site: Pick<Site, 'ledger' | 'path'> = { ledger, path }
  return {
    get: ({ keys }) => {
      const parentId = parentOf(site, keys)
      if (parentId === 'missing') return missing({ isV2: true })
      const { collection } = resource.shelf
      return json(200, { count: parentId === undefined ? collection.size : idsUnder(collection, parentId).length })
    },
  }
}

/** Where a path is looked up: numbers must be digits, other keys may be any text. */
function place({ resources }: Ledger, path: string): Pick<Route, 'version' | 'path'> {
  const owners = resources.owners(path)
  let at = 0
  const withKinds = plainPath(path).replaceAll('{id}', () => {
    const owner = owners[at++]
    return owner !== undefined && resources.get(owner).keyKind === 'integer' ? '{id}' : '{key}'
  })
  return { version: path.startsWith('/v2') ? 'v2' : 'v3', path: withKinds.slice('/v3'.length) }
}

interface Site {
  readonly ledger: Ledger
  readonly resource: Resource
  readonly way: Way
  readonly path: string
}

function routeOf({ scopes }: CatalogueFacts, site: Site, operations: readonly Operation[]): Route {
  const reading = operations.find(({ method }) => method === 'GET')
  const writing = operations.filter(({ method }) => method !== 'GET')
  const limited = operations.filter(({ maxConcurrent }) => maxConcurrent !== undefined)
  return {
    ...place(site.ledger, site.path),
    methods: operations.map(({ method }) => method),
    scopes: scopes[site.way.document]?.modify ?? [],
    readScopes: scopes[site.way.document]?.read ?? [],
    ...(reading === undefined ? {} : { get: answerer(site, reading) }),
    write: Object.fromEntries(writing.map(operation => [operation.method, answerer(site, operation)])),
    maxConcurrent: Object.fromEntries(limited.map(({ method, maxConcurrent = Infinity }) => [method, maxConcurrent])),
  }
}

function answerer(site: Site, operation: Operation): Respond {
  const isOfItem = operation.at !== undefined && !site.resource.isSingleton
  const ownKeys = isOfItem ? (operation.at === 'item2' ? 2 : 1) : 0
  return request => {
    const above = request.keys.slice(0, request.keys.length - ownKeys)
    const parentId = parentOf(site, above)
    const change: Change = {
      ledger: site.ledger,
      resource: site.resource,
      way: site.way,
      operation,
      isV2: site.path.startsWith('/v2'),
      nowMs: request.tools.now.getTime(),
      token: request.token,
      switches: request.tools.switches,
      parentId: parentId === 'missing' ? undefined : parentId,
    }
    return parentId === 'missing' ? missing(change) : answer(change, request, request.keys.slice(above.length))
  }
}

/** The record right above, each having been looked for below the one above it. */
function parentOf(
  { ledger, path }: Pick<Site, 'ledger' | 'path'>,
  keys: readonly string[],
): number | undefined | 'missing' {
  const names = ledger.resources.owners(path)
  let parentId: number | undefined
  let parentName: string | undefined
  for (const [at, key] of keys.entries()) {
    const name = names[at]
    if (name === undefined) continue
    const parent = ledger.resources.get(name)
    const isBelow = parentName !== undefined && parent.parents.at(-1) === parentName
    const found = parent.find(key, isBelow ? parentId : undefined)
    if (found === undefined) return 'missing'
    parentId = found
    parentName = name
  }
  return parentId
}

function answer(change: Change, request: RoutedRequest, keys: readonly string[]): Answer | Promise<Answer> {
  const { operation, resource } = change
  if (isInner(resource)) return innerAnswer(change, request, keys[0])
  if (resource.name === 'locations/items' && operation.method === 'PUT') return stockAnswer(change, request)
  if (operation.at === 'item2') return upsertPairAnswer(change, request, keys)
  if (operation.at === 'item' && !resource.isSingleton) {
    const id = resource.find(keys[0] ?? '', change.parentId)
    return answerItem(change, id, request)
  }
  const isDocument = resource.isSingleton && change.way.kind !== 'collection'
  return isDocument ? answerDocument(change, request) : answerCollection(change, request)
}

function answerItem(change: Change, id: number | undefined, request: RoutedRequest): Answer {
  switch (change.operation.method) {
    case 'GET':
      return itemAnswer(change, id, request)
    case 'DELETE':
      return removeAnswer(change, id)
    case 'POST':
    case 'PUT':
      return id === undefined ? missing(change) : updateAnswer(change, id, request.body)
  }
}

function answerDocument(change: Change, request: RoutedRequest): Answer {
  if (change.operation.method === 'GET') return documentAnswer(change, request)
  const id = documentId(change)
  if (change.operation.method === 'DELETE') return removeAnswer(change, id)
  return id === undefined ? missing(change) : updateAnswer(change, id, request.body)
}

function answerCollection(change: Change, request: RoutedRequest): Answer | Promise<Answer> {
  const { form, method } = change.operation
  if (method === 'GET') return listAnswer(change, request)
  if (method === 'POST') return createAnswer(change, request.body)
  switch (form) {
    case 'filter':
      return removeMatchingAnswer(change, request.query, request.tools)
    case 'body':
      return removeListedAnswer(change, request.body)
    case 'all':
    case 'singleton':
      return removeAllAnswer(change)
    case 'header':
      return noContent()
    default:
      return method === 'DELETE'
        ? refusalAnswer(change, refuse('this form of DELETE is not known', {}, 501))
        : updateAllAnswer(change, request.body)
  }
}
