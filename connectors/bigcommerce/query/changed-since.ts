import type { DataRecord, ReadContext } from '../../sdk/connector.ts'
import { ConnectorError } from '../../sdk/errors.ts'
import type { ObjectFacts } from '../catalogue/facts.ts'
import { catalogue, findObject, fullName } from '../catalogue/objects.ts'
import type { StoreClient } from '../client.ts'
import { type ChangeBounds, changeBoundsOf } from './change-bounds.ts'
import type { QueryOptions } from './options.ts'
import { createRemembered } from './remembered.ts'
import type { SourcePosition } from './source.ts'

/** A query of what has changed, with its bounds of time fixed. */
export interface ChangesRead {
  /** The options with the bounds as filters. */
  readonly options: QueryOptions
  /** The bounds, for the position: a resumed run keeps them. */
  readonly bounds: SourcePosition
  /** The records that the last run did not deliver as they are. */
  pick(records: readonly DataRecord[]): readonly DataRecord[]
  /** Called when all was read. */
  done(): void
}

/** Both in UTC without fractions of a second, as the store compares them. */
interface Bounds {
  readonly since?: string
  readonly until: string
}

interface Wish {
  readonly since?: string
  readonly isLastSuccess: boolean
  readonly overlapSeconds: number
}

/** So much of the time before the last success is read again: what was written then may have shown up later. */
const defaultOverlapSeconds = 300

/**
 * Prepares a query with `changedSince`; undefined when it has none. A fresh one asks the store for its time (GET
 * /v2/time), which becomes the upper bound and later the watermark: our own clock may be wrong. Throws OPTIONS_INVALID.
 */
export async function openChanges(
  options: QueryOptions,
  from: SourcePosition | undefined,
  { client, context }: { readonly client: StoreClient; readonly context: ReadContext },
): Promise<ChangesRead | undefined> {
  if (options.changedSince === undefined) return undefined
  const object = findObject(options.object, options.subObject)
  const wish = wishOf(options.changedSince)
  const names = check(object, options, wish.isLastSuccess && context.watermark !== undefined)
  const kept = wish.isLastSuccess ? await context.watermark?.get() : undefined
  const remembered = createRemembered({ object, kept, context })
  const last = remembered.until()
  const since = last === undefined ? wish.since : earlier(last, wish.overlapSeconds)
  const bounds = boundsIn(from) ?? { until: await timeOf(client, context), ...(since === undefined ? {} : { since }) }
  const { changedSince: _, ...rest } = options
  const window = { from: earlier(bounds.until, wish.overlapSeconds), until: bounds.until }
  return {
    // Without a lower bound all is read, and what changes meanwhile the next run reads again.
    options:
      bounds.since === undefined
        ? rest
        : { ...rest, filters: { ...rest.filters, [names.min]: bounds.since, [names.max]: bounds.until } },
    bounds: { changed: { ...bounds } },
    pick: records => (wish.isLastSuccess ? remembered.pick(records, window) : records),
    done: () => {
      if (wish.isLastSuccess) remembered.propose(bounds.until)
    },
  }
}

/** Fields a query must read besides those the transformation needs: by them it knows what it has delivered before. */
export function fieldsForChanges({ changedSince }: QueryOptions, fields: readonly string[] | undefined) {
  return changedSince === undefined || fields === undefined ? fields : [...new Set([...fields, 'date_modified'])]
}

/** Throws OPTIONS_INVALID for a time without its offset, or a date alone: the store would add the time of day to it. */
function wishOf(given: NonNullable<QueryOptions['changedSince']>): Wish {
  const overlapSeconds = defaultOverlapSeconds
  if (given === 'last-success') return { isLastSuccess: true, overlapSeconds }
  if (typeof given === 'string') return { isLastSuccess: false, overlapSeconds, since: timeText(given) }
  const { first = 'everything' } = given
  const since = first === 'everything' ? {} : { since: timeText(first) }
  return { isLastSuccess: true, overlapSeconds: given.overlapSeconds ?? overlapSeconds, ...since }
}

function timeText(given: string): string {
  const time = new Date(given)
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(given) && !Number.isNaN(time.getTime()))
    return inSeconds(time)
  throw new ConnectorError(
    'OPTIONS_INVALID',
    `changedSince cannot be ${JSON.stringify(given)}; it may be last-success or a time with its offset, like 2026-11-25T08:30:00Z`,
  )
}

function check(object: ObjectFacts, options: QueryOptions, isRemembered: boolean): ChangeBounds {
  const name = fullName(object)
  const names = changeBoundsOf(object)
  if (names === undefined) {
    const able = catalogue.objects.filter(each => changeBoundsOf(each) !== undefined).map(fullName)
    throw new ConnectorError(
      'OPTIONS_INVALID',
      `changedSince: the store cannot filter ${name} by their time of change, only ${able.join(', ')}`,
    )
  }
  const clash = Object.keys(options.filters ?? {}).find(filter => filter.includes('date_modified'))
  if (clash !== undefined)
    throw new ConnectorError('OPTIONS_INVALID', `changedSince and the filter ${clash} exclude each other`)
  if (options.id !== undefined) throw new ConnectorError('OPTIONS_INVALID', 'changedSince and id exclude each other')
  if (isRemembered && options.limit !== undefined)
    throw new ConnectorError(
      'OPTIONS_INVALID',
      'changedSince and limit exclude each other: what is beyond the limit would never be read',
    )
  return names
}

function boundsIn(from: SourcePosition | undefined): Bounds | undefined {
  const changed = from?.['changed']
  return typeof changed === 'object' && changed !== null ? (changed as unknown as Bounds) : undefined // made above
}

async function timeOf(client: StoreClient, context: ReadContext): Promise<string> {
  const { body } = await client.get('/v2/time', context)
  const seconds = typeof body === 'object' && body !== null && 'time' in body ? Number(body.time) : Number.NaN
  if (!(seconds > 0)) throw new ConnectorError('RESPONSE_INVALID', 'GET /v2/time: the answer holds no time')
  return inSeconds(new Date(seconds * 1_000))
}

function earlier(time: string, seconds: number): string {
  return inSeconds(new Date(Date.parse(time) - seconds * 1_000))
}

function inSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z')
}
