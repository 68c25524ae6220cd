import type { Operation } from '../../catalogue/facts.ts'
import { type Answer, json } from '../answer.ts'
import type { Row } from '../data/collection.ts'
import { itemV2, listV2, unsupportedField } from '../list-v2.ts'
import { emptyMeta, itemV3, listV3, unknownFilters } from '../list-v3.ts'
import type { RoutedRequest } from '../router.ts'
import type { Change } from './change.ts'
import { listOfV2, listOfV3 } from './lists.ts'
import type { Resource } from './resources.ts'
import { createRecord } from './store-record.ts'
import { missing } from './writes.ts'

/** Answers a list, below a parent when the path has one. */
export function listAnswer(change: Change, request: RoutedRequest): Answer | Promise<Answer> {
  const { resource, operation, isV2, parentId } = change
  const within = parentId === undefined ? undefined : (resource.shelf.collection.under?.(parentId) ?? [])
  const absent = absentParameters(operation, request)
  if (absent !== undefined) return absent
  if (isV2) return listV2(listOfV2(resource, operation), request.query, request.tools, within)
  const list = listOfV3(resource, operation)
  const isPrivate = resource.shelf.isOwned()
  const hides = { key: request.token, isHidden: (row: Row): boolean => isHidden(resource, row, request.token) }
  const answer = listV3(isPrivate ? { ...list, hides } : list, request.query, request.tools, within)
  return operation.envelope === 'bare' ? answer.then(bare) : answer
}

function absentParameters({ required = [] }: Operation, { query }: RoutedRequest): Answer | undefined {
  const absent = required.filter(name => !query.some(([given]) => given === name))
  return absent.length === 0
    ? undefined
    : json(422, { status: 422, title: `${absent.join(',')} is required`, errors: {} })
}

/** Some v3 lists have nothing around them. */
function bare(answer: Answer): Answer {
  if (answer.status !== 200) return answer
  const whole: unknown = JSON.parse(Buffer.concat(answer.body).toString())
  return json(200, (whole as { readonly data: unknown }).data) // listV3 writes it so
}

/** Metafields are seen by the account that made them, and by others when it lets them. */
export function isHidden({ shelf, facts }: Resource, row: Row, token: string): boolean {
  const owner = shelf.get(Number(row[facts.key ?? 'id']))?.owner
  return owner !== undefined && owner !== token && !/read|write/.test(String(row['permission_set']))
}

/** Answers one record. */
export function itemAnswer(change: Change, id: number | undefined, request: RoutedRequest): Answer {
  const { resource, isV2, operation } = change
  const row = id === undefined ? undefined : resource.shelf.get(id)?.row
  if (id === undefined || row === undefined || isHidden(resource, row, request.token)) return missing(change)
  const { collection } = resource.shelf
  const names = Object.keys(operation.parameters ?? {})
  if (isV2) return itemV2(collection, id, request.query, request.tools, names)
  const answer = itemV3(collection, id, request.query, request.tools, [...names, 'include_fields', 'exclude_fields'])
  return operation.envelope === 'bare' ? bare(answer) : answer
}

/** Answers the document of a singleton. */
export function documentAnswer(change: Change, { query, tools }: RoutedRequest): Answer {
  const { operation, isV2 } = change
  const unknown = query.map(([name]) => name).filter(name => !Object.hasOwn(operation.parameters ?? {}, name))
  if (unknown.length > 0) return isV2 ? unsupportedField(unknown[0] ?? '') : unknownFilters(unknown)
  const id = documentId(change)
  const row = id === undefined ? {} : (change.resource.shelf.get(id)?.row ?? {})
  return json(200, operation.envelope === 'data' ? { data: row, meta: emptyMeta(tools.switches) } : row)
}

/** The number of the one document there is, or of the one below the parent. It is made when it was not there. */
export function documentId(change: Change): number | undefined {
  const { resource, parentId } = change
  const { collection } = resource.shelf
  const first = parentId === undefined ? (collection.size > 0 ? 0 : undefined) : collection.under?.(parentId)[0]?.from
  if (first !== undefined) return collection.idAt(first)
  const made = createRecord(change, {})
  return 'id' in made ? made.id : undefined
}
