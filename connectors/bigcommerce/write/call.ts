import type { DataRecord, JsonValue, WriteOutcome } from '../../sdk/connector.ts'
import type { Form, ObjectFacts } from '../catalogue/facts.ts'
import type { Route } from '../catalogue/objects.ts'
import { maxLanes, type WriteOptions } from './options.ts'

/** A record on its way to the store. */
export interface Item {
  /** Its place in the batch. */
  readonly index: number
  readonly record: DataRecord
  /** What is sent of it; undefined: nothing but its key. */
  readonly body: JsonValue | undefined
  /** Its own key, when it is known. */
  readonly key?: string
  /** Records of the same identity are written one after the other, in their order. */
  readonly identity?: string
}

/** A request that can still be cut into smaller ones. */
export interface Call {
  readonly object: ObjectFacts
  readonly route: Route
  readonly items: readonly Item[]
  /** What is sent for these items or a part of them. */
  readonly make: (items: readonly Item[]) => Sent
}

/** Path with keys and parameters, and a body where there is one. */
export interface Sent {
  readonly path: string
  readonly body?: unknown
}

/** What became of a record before anything was sent. */
export interface Settled {
  readonly index: number
  readonly outcome: WriteOutcome
}

/** What is to be sent, and what need not be. */
export interface Plan {
  /** One round after the other; the calls of one may be sent at the same time. */
  readonly rounds: readonly (readonly Call[])[]
  readonly settled: readonly Settled[]
}

/** Batch size where none is stated; BigCommerce refuses larger lists with 413. */
export const usualBatch = 10

/** Most records in one request. */
export function maxBatchOf({ operation }: Route): number {
  switch (operation.form) {
    case 'array':
    case 'one-or-array':
    case 'holder':
      return operation.maxBatch ?? usualBatch
    default:
      return 1
  }
}

/** Requests that hold many records; by default one after the other. */
const lists: readonly Form[] = ['array', 'one-or-array', 'holder', 'filter', 'body']

/**
 * Paths where BigCommerce asks not to send in parallel: assignments to channels, refunds of an order, inventory beside
 * bulk writes of the catalogue (its documents, read April 2026).
 */
const oneAtATime = /(channel|currency)-assignments$|\/payment_actions\/refunds$|^\/v3\/inventory\//

/** How many such requests may be on their way at once. */
export function lanesOf(route: Route, { concurrency }: Pick<WriteOptions, 'concurrency'>): number {
  const { maxConcurrent = maxLanes } = route.operation
  return Math.min(concurrency ?? usualLanes(route), maxConcurrent, maxLanes)
}

function usualLanes({ operation, way }: Route): number {
  const { maxConcurrent, form, method } = operation
  if (maxConcurrent !== undefined) return maxConcurrent
  if (lists.includes(form) || oneAtATime.test(way.path ?? '')) return 1
  return method === 'POST' ? 10 : 3
}

/** Rounds of requests in one batch: so the lanes do not wait for the slowest of each round. */
const rounds = 5
const mostSingles = 100

/** So many records that every lane has work for a while. */
export function recordsFor(route: Route, size: number, options: Pick<WriteOptions, 'concurrency'>): number {
  const lanes = lanesOf(route, options)
  return size > 1 ? size * lanes : Math.min(mostSingles, lanes * rounds)
}

/** Says that a record was not sent, and why. */
export function rejected(code: string, message: string, retryable = false): WriteOutcome {
  return { status: 'rejected', code, message, retryable }
}

/** A path with parameters behind it; names like `id:in` stay readable. */
export function withParameters(path: string, parameters: readonly (readonly [string, string])[]): string {
  if (parameters.length === 0) return path
  const texts = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll('%2C', ',')}`)
  return `${path}?${texts.join('&')}`
}

/** Cuts a list into parts of at most so many. */
export function chunksOf<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  const chunks: (readonly T[])[] = []
  for (let from = 0; from < list.length; from += size) chunks.push(list.slice(from, from + size))
  return chunks
}

/** Puts together what has the same name; groups in the order of their first member. */
export function groupBy<T>(list: readonly T[], nameOf: (each: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const each of list) {
    const name = nameOf(each)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [each])
    else group.push(each)
  }
  return groups
}

/** Puts what has the same identity into rounds, one after the other; what has none goes into the first. */
export function roundsOf<T>(
  list: readonly T[],
  identityOf: (each: T) => string | undefined,
): readonly (readonly T[])[] {
  const seen = new Map<string, number>()
  const rounds: T[][] = []
  for (const each of list) {
    const identity = identityOf(each)
    const round = identity === undefined ? 0 : (seen.get(identity) ?? 0)
    if (identity !== undefined) seen.set(identity, round + 1)
    const members = rounds[round]
    if (members === undefined) rounds[round] = [each]
    else members.push(each)
  }
  return rounds
}
