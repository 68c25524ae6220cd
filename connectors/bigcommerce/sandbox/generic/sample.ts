import type { FactSchema } from '../../catalogue/facts.ts'
import type { Json, Row } from '../data/collection.ts'
import { catalogDate, firstDayMs, lastDayMs, rfc2822Date, zuluDate } from '../data/dates.ts'
import { type Random, randomOf } from '../data/random.ts'
import { sentences, things } from '../data/words.ts'
import type { ReadSchema, Shape } from './schema.ts'

/** How a record is made that nobody has written. */
export interface Sampler {
  readonly read: ReadSchema
  readonly seed: number
  /** Keeps the objects apart, so that number 3 of one has nothing of number 3 of another. */
  readonly kind: number
  readonly isV2: boolean
}

/** Deeper than this nothing is made: some schemas contain themselves. */
const deepest = 5

/** The record of that number, made of its schema: the same seed gives the same record. */
export function sampleRow(sampler: Sampler, schema: FactSchema, number: number): Row {
  const made = sample({ ...sampler, number, random: randomOf(sampler.seed, sampler.kind, number) }, schema, '', 0)
  return isRow(made) ? made : {}
}

interface Draw extends Sampler {
  readonly number: number
  readonly random: Random
}

function sample(draw: Draw, schema: FactSchema, name: string, depth: number): Json {
  const shape = draw.read(schema)
  if (shape.values.length > 0) return shape.values[draw.number % shape.values.length] as Json // an enumeration is JSON
  switch (shape.type) {
    case 'object':
      return depth >= deepest ? {} : sampleObject(draw, shape, depth)
    case 'array': {
      if (shape.items === undefined || depth >= deepest) return []
      return [sample(draw, shape.items, name.replace(/s$/, ''), depth + 1)]
    }
    case 'boolean':
      return draw.random.chance(50)
    case 'integer':
    case 'number':
      return sampleNumber(draw, shape, name)
    case 'string':
      return sampleText(draw, shape, name)
    case 'any':
      return null
  }
}

function sampleObject(draw: Draw, shape: Shape, depth: number): Row {
  return Object.fromEntries(
    Object.entries(shape.properties).map(([name, schema]) => [name, sample(draw, schema, name, depth + 1)]),
  )
}

function sampleNumber({ number, random }: Draw, shape: Shape, name: string): number {
  if (name === 'id') return number
  if (name === 'channel_id' || name === 'site_id' || name === 'tree_id') return 1
  if (name.endsWith('_id')) return 1 + (number % 3)
  const least = Math.max(shape.minimum, 1)
  return shape.type === 'integer' ? least + random.int(0, 20) : least + random.int(0, 2000) / 100
}

function sampleText(draw: Draw, { format, minLength, maxLength }: Shape, name: string): string {
  if (format === 'uuid' || /uuid|guid/.test(name)) return sampleUuid(draw.kind, draw.number)
  if (format === 'date-time' || /^date_|_date$|_at$|^date$/.test(name)) return sampleDate(draw)
  if (format === 'date') return sampleDate({ ...draw, isV2: false }).slice(0, 10)
  const text = namedText(draw, name)
  return text.padEnd(minLength, 'x').slice(0, maxLength)
}

/** What a field of that name usually holds. */
function namedText({ number, random }: Draw, name: string): string {
  if (name === 'id') return String(number)
  if (name.includes('email')) return `someone.${number}@example.com`
  if (/url|destination|src/.test(name)) return `https://cdn.example.com/${number}`
  if (/path/.test(name)) return `/path-${number}/`
  if (/currency/.test(name)) return 'USD'
  if (/country/.test(name)) return 'US'
  if (/price|cost|amount|total|balance|value_min|value_max/.test(name)) return `${random.int(1, 90)}.0000`
  if (/(^|_)(name|title|label|key|code|sku|namespace)$/.test(name)) return `${random.pick(things)} ${number}`
  return /(^|_)ids?$/.test(name) ? String(number) : random.pick(sentences)
}

function sampleDate({ number, isV2 }: Draw): string {
  const ms = firstDayMs + ((number * 86_413_000) % (lastDayMs - firstDayMs))
  return isV2 ? rfc2822Date(ms) : number % 2 === 0 ? zuluDate(ms) : catalogDate(ms)
}

/** The uuid that stands for the record of that number. */
export function sampleUuid(kind: number, number: number): string {
  const head = (kind + 0x5a000000).toString(16).padStart(8, '0')
  return `${head}-5c1d-4d3a-9c2e-${number.toString(16).padStart(12, '0')}`
}

/** The number a uuid of that kind stands for; NaN for any other text. */
export function numberOfUuid(kind: number, uuid: string): number {
  const number = Number.parseInt(uuid.slice(-12), 16)
  return sampleUuid(kind, number) === uuid.toLowerCase() ? number : Number.NaN
}

function isRow(value: Json): value is Row {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
