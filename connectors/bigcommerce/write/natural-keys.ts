import type { DataRecord, RunContext, WriteOutcome } from '../../sdk/connector.ts'
import { ConnectorError } from '../../sdk/errors.ts'
import type { ObjectFacts, Operation } from '../catalogue/facts.ts'
import { fullName } from '../catalogue/objects.ts'
import type { StoreClient } from '../client.ts'
import { chunksOf, rejected, withParameters } from './call.ts'
import type { WriteOptions } from './options.ts'
import { isKey, parentKeysOf } from './path-keys.ts'
import type { Numbered } from './plan-write.ts'
import { naturalKeyOf } from './recognition.ts'
import { isRow, type Row } from './rows.ts'

/** How records are found in the store by what people know them by. */
export interface Finder {
  /** Finds records one after the other in chunks; each of the batch gets what was found, or why it cannot be written. */
  find(records: readonly Numbered[], client: StoreClient, context: RunContext): Promise<readonly Found[]>
  /** What a record is known by; undefined where it lacks it. */
  nameOf(record: DataRecord): string | undefined
}

/** A record with its key and keys above it, as it is in the store; a record that is not there; or a failure. */
export type Found =
  | { readonly tag: 'there'; readonly numbered: Numbered }
  | { readonly tag: 'absent'; readonly numbered: Numbered }
  | { readonly tag: 'settled'; readonly index: number; readonly outcome: WriteOutcome }

/** Lists of values are kept to what a URL can hold. */
const chunkSize = 50
const maxChunkLength = 1_500
const pageSize = 250

/**
 * Makes the finder the options ask for; undefined when they ask for none. Throws OPTIONS_INVALID when the object cannot
 * be looked up by that field.
 */
export function createFinder(object: ObjectFacts, { matchBy, upsert }: WriteOptions): Finder | undefined {
  if (matchBy === undefined && upsert !== true) return undefined
  const name = fullName(object)
  const [usual, ...around] = naturalKeyOf(name) ?? []
  const field = matchBy ?? usual
  if (field === undefined) throw new ConnectorError('OPTIONS_INVALID', `upsert: ${name} needs matchBy`)
  const lists = object.ways
    .filter(way => way.path !== undefined && parentKeysOf(way).length === 0)
    .flatMap(way => way.operations.map(operation => ({ path: way.path ?? '', operation })))
    .filter(({ operation }) => operation.form === 'list' && filterFor(field, operation) !== undefined)
  const [list] = lists
  if (list === undefined || object.key === undefined)
    throw new ConnectorError('OPTIONS_INVALID', `matchBy: ${name} cannot be looked up by ${JSON.stringify(field)}`)
  const within = field === usual ? around : []
  return finderOf({ object, key: object.key, field, within, ...list })
}

interface Lookup {
  readonly object: ObjectFacts
  readonly key: string
  readonly field: string
  readonly within: readonly string[]
  readonly path: string
  readonly operation: Operation
}

function filterFor(field: string, { parameters = {} }: Operation): string | undefined {
  return [`${field}:in`, field].find(name => parameters[name] !== undefined)
}

function finderOf(lookup: Lookup): Finder {
  const nameOf = (record: DataRecord) => {
    const values = [lookup.field, ...lookup.within].map(field => record[field])
    if (!isKey(values[0])) return undefined
    // E-mail addresses differ in nothing but capitals only by mistake.
    const [first, ...rest] = values.map(value => String(value ?? ''))
    return JSON.stringify([lookup.field === 'email' ? first?.toLowerCase() : first, ...rest])
  }
  return {
    nameOf,
    async find(records, client, context) {
      const named = records.filter(({ record }) => nameOf(record) !== undefined)
      const rows = await fetchRows(lookup, named, client, context)
      return records.map(numbered => settle(lookup, numbered, nameOf, rows))
    },
  }
}

function settle(lookup: Lookup, numbered: Numbered, nameOf: Finder['nameOf'], rows: readonly Row[]): Found {
  const { index, record } = numbered
  const { field, key, object } = lookup
  const value = nameOf(record)
  if (value === undefined) {
    const outcome = rejected('RECORD_INVALID', `${field}: is missing, and records are to be found by it`)
    return { tag: 'settled', index, outcome }
  }
  // What a record does not say (its tree, its parent) may be anything.
  const stated = lookup.within.filter(name => isKey(record[name]))
  const isSame = (row: Row) =>
    nameOf({ [field]: row[field] } as DataRecord) === nameOf({ [field]: record[field] ?? null }) &&
    stated.every(name => String(row[name]) === String(record[name]))
  const [match, ...others] = rows.filter(isSame)
  if (match === undefined) return { tag: 'absent', numbered }
  if (others.length > 0) {
    const message = `${others.length + 1} ${fullName(object)} have the ${field} ${JSON.stringify(record[field])}`
    return { tag: 'settled', index, outcome: rejected('AMBIGUOUS', message) }
  }
  const keys = [key, ...object.ways.flatMap(parentKeysOf)].filter(name => match[name] !== undefined)
  const found = Object.fromEntries(keys.map(name => [name, match[name]])) as DataRecord // keys are texts or numbers
  return { tag: 'there', numbered: { index, record: { ...record, ...found } } }
}

/** Values with a comma cannot stand in a list; they are asked for one by one where that is possible. */
async function fetchRows(
  lookup: Lookup,
  records: readonly Numbered[],
  client: StoreClient,
  context: RunContext,
): Promise<readonly Row[]> {
  const { field, operation } = lookup
  const values = [...new Set(records.map(({ record }) => String(record[field])))]
  const canList = operation.parameters?.[`${field}:in`] !== undefined
  const single = operation.parameters?.[field] === undefined ? [] : canList ? values.filter(hasComma) : values
  const listed = canList ? values.filter(value => !hasComma(value)) : []
  const filters = [
    ...chunksOf(listed, chunkSize)
      .flatMap(withinUrl)
      .map(chunk => [`${field}:in`, chunk.join(',')] as const),
    ...single.map(value => [field, value] as const),
  ]
  const rows: Row[] = []
  for (const filter of filters) rows.push(...(await fetchAll(lookup, filter, client, context)))
  return rows
}

function withinUrl(values: readonly string[]): readonly (readonly string[])[] {
  if (values.length <= 1 || encodeURIComponent(values.join(',')).length <= maxChunkLength) return [values]
  const middle = Math.ceil(values.length / 2)
  return [values.slice(0, middle), values.slice(middle)].flatMap(withinUrl)
}

function hasComma(value: string): boolean {
  return value.includes(',')
}

async function fetchAll(
  { path, operation }: Lookup,
  filter: readonly [string, string],
  client: StoreClient,
  context: RunContext,
): Promise<readonly Row[]> {
  const rows: Row[] = []
  const isPaged = operation.paging !== 'none'
  for (let page = 1; ; page += 1) {
    const paging = isPaged
      ? ([
          ['limit', String(pageSize)],
          ['page', String(page)],
        ] as const)
      : []
    const { body } = await client.get(withParameters(path, [filter, ...paging]), context)
    const data = isRow(body) ? body['data'] : (body ?? [])
    if (!Array.isArray(data))
      throw new ConnectorError('RESPONSE_INVALID', `GET ${path}: the answer has no list of records`)
    rows.push(...data.filter(isRow))
    if (!isPaged || data.length < pageSize) return rows
  }
}
