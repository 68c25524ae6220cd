import type { FactSchema } from '../catalogue/facts.ts'
import { propertiesOf } from '../schemas.ts'
import type { QueryParameter } from './parameters.ts'

/** The store states no limit; proxies and servers before it have theirs, mostly 8 kB and at the least 2 kB. */
const maxBytes = 1_900

/**
 * Cuts the parameters of one request into those of several when a list like `id:in` makes the URL too long. Each record
 * answers to one of them only: the lists cut are those of fields that hold one value.
 */
export function chunksOf(
  path: string,
  parameters: readonly QueryParameter[],
  record: FactSchema | undefined,
): readonly (readonly QueryParameter[])[] {
  const bytes = path.length + encoded(parameters).length
  if (bytes <= maxBytes) return [parameters]
  const longest = parameters
    .filter(({ name, text }) => name.endsWith(':in') && text.includes(',') && holdsOneValue(name, record))
    .sort((a, b) => b.text.length - a.text.length)[0]
  if (longest === undefined) return [parameters]
  const room = Math.max(maxBytes - (bytes - encodeURIComponent(longest.text).length), 1)
  return portionsOf(valuesOf(longest.text), room).flatMap(text =>
    chunksOf(
      path,
      parameters.map(parameter => (parameter === longest ? { ...parameter, text } : parameter)),
      record,
    ),
  )
}

/** The parameters as they travel, each followed by `&`. */
export function encoded(parameters: readonly QueryParameter[]): string {
  return parameters.map(({ name, text }) => `${name}=${encodeURIComponent(text)}&`).join('')
}

/** A product may be in many categories; it would come once with each part of `categories:in`. */
function holdsOneValue(name: string, record: FactSchema | undefined): boolean {
  const schema = propertiesOf(record)[name.slice(0, -':in'.length)]
  const type = schema?.['type']
  return type !== undefined && ![type].flat().includes('array')
}

/** Each value once; numbers in their order, so that the records of all requests are in the order of their ids. */
function valuesOf(text: string): readonly string[] {
  const values = [...new Set(text.split(',').map(value => value.trim()))]
  return values.every(value => /^\d+$/.test(value)) ? values.sort((a, b) => Number(a) - Number(b)) : values
}

function portionsOf(values: readonly string[], room: number): readonly string[] {
  const comma = encodeURIComponent(',').length
  const portions: string[][] = []
  let left = 0
  for (const value of values) {
    const needed = encodeURIComponent(value).length + comma
    if (needed > left) {
      portions.push([])
      left = room
    }
    portions.at(-1)?.push(value)
    left -= needed
  }
  return portions.map(portion => portion.join(','))
}
