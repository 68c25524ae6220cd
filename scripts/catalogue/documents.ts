import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parse } from 'yaml'
import { type Json, type JsonObject, objectAt, objectIn, stringIn } from './json.ts'

const methods = ['get', 'post', 'put', 'delete'] as const

/** One request of a document, with its path below the store. */
export interface DocumentedOperation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** `/v3/catalog/products/{product_id}`. */
  readonly path: string
  readonly operation: JsonObject
  /** Parameters of the path and of the operation, references followed. */
  readonly parameters: readonly JsonObject[]
  readonly document: Document
}

/** One OpenAPI document. */
export interface Document {
  /** Its path in the folder without the ending: `catalog/products_catalog.v3`. */
  readonly name: string
  readonly root: JsonObject
  readonly operations: readonly DocumentedOperation[]
}

/** Reads every document below a folder, in the order of their names. Throws on what is no OpenAPI 3.0 or 3.1. */
export function readDocuments(folder: string): readonly Document[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => /\.(ya?ml|json)$/.test(name))
    .sort()
  if (files.length === 0) throw new Error(`${folder} holds no documents (*.yml, *.yaml, *.json)`)
  return files.map(name => readDocument(join(folder, name), relative(folder, join(folder, name))))
}

function readDocument(file: string, name: string): Document {
  // Core schema: a date without quotes stays a text.
  const root = objectIn(parse(readFileSync(file, 'utf8'), { schema: 'core', maxAliasCount: -1 }) as Json, name)
  const version = stringIn(root['openapi'], `${name}: openapi`)
  if (!/^3\.[01]\./.test(version)) throw new Error(`${name}: OpenAPI ${version} is not understood, 3.0 and 3.1 are`)
  const document = { name: name.replace(/\.(ya?ml|json)$/, ''), root, operations: [] as DocumentedOperation[] }
  for (const [path, item] of Object.entries(objectAt(root, 'paths'))) {
    document.operations.push(...operationsOf(document, path, objectIn(item, `${name}: ${path}`)))
  }
  return document
}

function operationsOf(document: Document, path: string, item: JsonObject): DocumentedOperation[] {
  const unknown = Object.keys(item).find(key => !knownKeys.has(key) && !key.startsWith('x-'))
  if (unknown !== undefined) throw new Error(`${document.name}: ${path}: ${unknown} is not understood`)
  return methods.flatMap(method => {
    const operation = item[method]
    if (operation === undefined) return []
    const found = objectIn(operation, `${document.name}: ${method} ${path}`)
    const parameters = [...list(item['parameters']), ...list(found['parameters'])].map(each => follow(document, each))
    const full = pathBelowStore(document, found, path)
    return [
      {
        method: method.toUpperCase() as DocumentedOperation['method'],
        path: full,
        operation: found,
        parameters: lastOfEach(parameters),
        document,
      },
    ]
  })
}

const knownKeys = new Set<string>([...methods, 'parameters', 'servers', 'summary', 'description'])

/** A parameter of the operation takes the place of the path's of the same name. */
function lastOfEach(parameters: readonly JsonObject[]): readonly JsonObject[] {
  const byName = new Map(parameters.map(each => [`${String(each['in'])} ${String(each['name'])}`, each]))
  return [...byName.values()]
}

/** The store stands in the server's URL (April 2026) or in each path (August 2026). */
function pathBelowStore(document: Document, operation: JsonObject, path: string): string {
  if (path.startsWith('/stores/')) return normal(path.replace(/^\/stores\/\{[^}]+\}/, ''))
  const [server] = [...list(operation['servers']), ...list(document.root['servers'])].map(each =>
    objectIn(each, document.name),
  )
  const url = stringIn(server?.['url'], `${document.name}: servers`)
  const [, version] = /\/stores\/\{[^}]+\}\/(v[23])\/?$/.exec(url) ?? []
  if (version === undefined) throw new Error(`${document.name}: server ${url} is not the management API`)
  return normal(`/${version}${path}`)
}

function normal(path: string): string {
  if (!/^\/v[23]\//.test(path)) throw new Error(`${path} is neither v2 nor v3`)
  return path.replace(/\/$/, '')
}

/** Follows a reference inside the document, if it is one. */
export function follow(document: Document, value: Json | undefined): JsonObject {
  let found = objectIn(value, document.name)
  for (let steps = 0; typeof found['$ref'] === 'string'; steps += 1) {
    if (steps > 20) throw new Error(`${document.name}: reference ${found['$ref']} leads in a circle`)
    found = target(document, found['$ref'])
  }
  return found
}

/** What a reference leads to. */
export function target(document: Document, reference: string): JsonObject {
  if (!reference.startsWith('#/')) throw new Error(`${document.name}: ${reference} leads out of the document`)
  let found: Json | undefined = document.root
  for (const step of reference.slice(2).split('/')) {
    const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')
    found = objectIn(found, `${document.name}: ${reference}`)[key]
  }
  return objectIn(found, `${document.name}: ${reference}`)
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : []
}
