import type { DataRecord, RunContext, Settlement, WriteContext, WriteOutcome } from '../../sdk/connector.ts'
import { ConnectorError } from '../../sdk/errors.ts'
import type { ObjectFacts } from '../catalogue/facts.ts'
import { fullName, type Route, routesOf } from '../catalogue/objects.ts'
import type { StoreClient } from '../client.ts'
import { endpointOf } from '../endpoint.ts'
import { rejected } from './call.ts'
import { createGate, type Gate } from './gate.ts'
import type { WriteOptions } from './options.ts'
import { createOutcomes } from './outcomes.ts'
import { locate } from './path-keys.ts'
import { inDoubt, refused } from './refusal.ts'
import { isRow } from './rows.ts'

const pageSize = 250

/**
 * The request that deletes everything of an object, for those who say so. Throws OPTIONS_INVALID when the options do not
 * say how many records they expect, or the object has no such request.
 */
export function deleteAllRouteOf(
  object: ObjectFacts,
  { allowDeleteAll, expectRecords }: WriteOptions,
): Route | undefined {
  const name = fullName(object)
  if (allowDeleteAll !== true) {
    if (expectRecords === undefined) return undefined
    throw new ConnectorError('OPTIONS_INVALID', 'expectRecords: is only for allowDeleteAll')
  }
  if (expectRecords === undefined)
    throw new ConnectorError(
      'OPTIONS_INVALID',
      `allowDeleteAll: ${name} needs expectRecords, the number of records there are`,
    )
  const route = routesOf(object, 'Delete').find(({ operation }) => operation.form === 'all')
  if (route === undefined)
    throw new ConnectorError('OPTIONS_INVALID', `allowDeleteAll: BigCommerce has no request that deletes all ${name}`)
  return route
}

/**
 * Deletes everything there is, once for each collection the records name: the first record of it stands for the
 * request, further ones find nothing to do. Throws OPTIONS_INVALID when other records are there than expected.
 */
export async function deleteAll(
  { object, route, options }: { readonly object: ObjectFacts; readonly route: Route; readonly options: WriteOptions },
  batch: readonly DataRecord[],
  client: StoreClient,
  context: WriteContext,
): Promise<readonly WriteOutcome[]> {
  const gate = createGate(context.journal)
  const known = createOutcomes(context.journal)
  const outcomes: WriteOutcome[] = []
  for (const [place, record] of batch.entries()) {
    context.signal.throwIfAborted()
    const parts = { object, route, options, gate, place, isTouched: known.isTouched }
    const outcome = await deleteFor(record, parts, client, context)
    known.set(place, outcome)
    outcomes.push(outcome)
  }
  return outcomes
}

async function deleteFor(
  record: DataRecord,
  parts: Omit<Collection, 'mark'>,
  client: StoreClient,
  context: WriteContext,
): Promise<WriteOutcome> {
  const location = locate(parts.object, parts.route, record, parts.options.keys ?? {})
  if ('missing' in location)
    return rejected(
      'RECORD_INVALID',
      `${location.missing}: is missing or can be no key, so nobody knows what to delete`,
    )
  const { path } = location
  const mark = markOf(path)
  if (context.state.get(mark) === true) return { status: 'unchanged' }
  return deleteCollection(path, { ...parts, mark }, client, context)
}

/**
 * Finds out by counting what became of a request that deletes everything: nothing left, it was applied; all still there,
 * it was not.
 */
export async function settleDeleteAll(
  { object, route, options }: { readonly object: ObjectFacts; readonly route: Route; readonly options: WriteOptions },
  records: readonly DataRecord[],
  client: StoreClient,
  context: RunContext,
): Promise<readonly Settlement[]> {
  const settlements: Settlement[] = []
  for (const record of records) {
    const location = locate(object, route, record, options.keys ?? {})
    if ('missing' in location) settlements.push({ status: 'absent' })
    else settlements.push(await settleCollection(location.path, { object, route, options }, client, context))
  }
  return settlements
}

async function settleCollection(
  path: string,
  { object, route, options }: Pick<Collection, 'object' | 'route' | 'options'>,
  client: StoreClient,
  context: RunContext,
): Promise<Settlement> {
  const count = await countRecords(path, isPaged(route), client, context)
  if (count === 0) {
    context.state.set(markOf(path), true)
    return { status: 'written', warning: `the answer was lost; ${fullName(object)} are gone` }
  }
  if (count === options.expectRecords) return { status: 'absent' }
  const message = `${fullName(object)}: of ${options.expectRecords} there are ${count} left; the store may still be deleting`
  return { status: 'unknown', message }
}

function isPaged({ way }: Route): boolean {
  return way.operations.find(({ form }) => form === 'list')?.paging !== 'none'
}

/** Kept with the checkpoint: a later batch, and a run taken up again, must not count what is left. */
function markOf(path: string): string {
  return `deleted-all ${path}`
}

interface Collection {
  readonly object: ObjectFacts
  readonly route: Route
  readonly options: WriteOptions
  /** Under this name the state remembers that it is deleted. */
  readonly mark: string
  readonly gate: Gate
  /** Of the record in the batch that stands for the request. */
  readonly place: number
  readonly isTouched: boolean
}

async function deleteCollection(
  path: string,
  { object, route, options, mark, gate, place, isTouched }: Collection,
  client: StoreClient,
  context: RunContext,
): Promise<WriteOutcome> {
  const count = await countRecords(path, isPaged(route), client, context)
  if (count !== options.expectRecords) {
    const message = `${fullName(object)}: there are ${count} records, expectRecords says ${options.expectRecords}; none is deleted`
    // What was deleted before must be told, so the work does not end here.
    if (isTouched) return rejected('OPTIONS_INVALID', message)
    throw new ConnectorError('OPTIONS_INVALID', message)
  }
  const announce = gate.announce([place], { isRepeatable: false })
  const answer = await client.send(
    { method: 'DELETE', path, isRepeatable: false, announce, endpoint: endpointOf(route) },
    context,
  )
  if (answer.tag === 'uncertain') return inDoubt(answer.message)
  if (answer.status >= 300) return refused(answer.status, answer.message)
  context.state.set(mark, true)
  return { status: 'written' }
}

/** v2 tells no totals, so all pages are read. */
async function countRecords(path: string, isPaged: boolean, client: StoreClient, context: RunContext): Promise<number> {
  let count = 0
  for (let page = 1; ; page += 1) {
    context.signal.throwIfAborted()
    const { body } = await client.get(isPaged ? `${path}?limit=${pageSize}&page=${page}` : path, context)
    const rows = isRow(body) ? body['data'] : (body ?? [])
    if (!Array.isArray(rows)) throw new ConnectorError('RESPONSE_INVALID', `GET ${path}: the answer is not a list`)
    count += rows.length
    if (!isPaged || rows.length === 0) return count
  }
}
