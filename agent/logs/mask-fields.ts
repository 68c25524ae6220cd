import { escapePattern } from './pattern.ts'

/** Masks the values of fields of records by the names of the fields. */
export interface FieldMask {
  /** In JSON, be it inside JSON again or cut off, in parameters of URLs, and in words like `email: a@b.c`. */
  mask(text: string): string
  /** Besides, wherever the values that this record has in the fields stand in a text about it. */
  maskAbout(record: unknown, text: string): string
}

/** Values shorter than this stand in too many texts by chance. */
const shortestValue = 4

/** A mask for fields with these names, in whatever case; without names nothing is masked. */
export function createFieldMask(names: readonly string[], mask: string): FieldMask {
  if (names.length === 0) return { mask: text => text, maskAbout: (_record, text) => text }
  const choice = names.map(escapePattern).join('|')
  const inJson = new RegExp(`(\\\\{0,15})"(?:${choice})\\1"\\s{0,3}:\\s{0,3}`, 'gi')
  const inWords = new RegExp(`(?<![\\w-])((?:${choice})(?::[a-z]{1,10})?(?:=|:\\s))[^\\s&"'\\\\,;)]+`, 'gi')
  const lowered = new Set(names.map(name => name.toLowerCase()))

  const maskAll = (text: string) => maskJsonFields(text, inJson, mask).replace(inWords, `$1${mask}`)
  return {
    mask: maskAll,
    maskAbout(record, text) {
      const values = valuesIn(record, lowered, false).filter(value => value.length >= shortestValue)
      const longestFirst = values.sort((a, b) => b.length - a.length)
      return maskAll(longestFirst.reduce((masked, value) => masked.replaceAll(value, mask), text))
    },
  }
}

function maskJsonFields(text: string, field: RegExp, mask: string): string {
  let masked = ''
  let done = 0
  for (const found of text.matchAll(field)) {
    if (found.index < done) continue
    const slashes = found[1] ?? ''
    const begin = found.index + found[0].length
    const end = endOfValue(text, begin, slashes.length)
    masked += `${text.slice(done, begin)}${slashes}"${mask}${slashes}"`
    done = end
  }
  return done === 0 ? text : masked + text.slice(done)
}

/** Where a JSON value ends whose quotes have so many backslashes before them; the end of the text when it is cut off. */
function endOfValue(text: string, begin: number, slashes: number): number {
  let depth = 0
  let at = begin
  while (at < text.length) {
    const char = text[at] ?? ''
    if (char === '"' || char === '\\') {
      at = endOfString(text, at, slashes)
      if (depth === 0) return at
      continue
    }
    if (char === '{' || char === '[') depth += 1
    if (char === '}' || char === ']') depth -= 1
    if (depth < 0 || (depth === 0 && char === ',')) return at
    at += 1
    if (depth === 0 && (char === '}' || char === ']')) return at
  }
  return at
}

/** A quote ends a string unless it is escaped itself: then it has more backslashes before it, by a rule of powers. */
function endOfString(text: string, begin: number, slashes: number): number {
  const period = 2 * (slashes + 1)
  let run = 0
  for (let at = begin + slashes + 1; at < text.length; at += 1) {
    if (text[at] === '"' && run % period === slashes) return at + 1
    run = text[at] === '\\' ? run + 1 : 0
  }
  return text.length
}

function valuesIn(value: unknown, names: ReadonlySet<string>, isWanted: boolean): string[] {
  if (typeof value === 'object' && value !== null) {
    const isList = Array.isArray(value)
    return Object.entries(value).flatMap(([name, each]) =>
      valuesIn(each, names, isWanted || (!isList && names.has(name.toLowerCase()))),
    )
  }
  return isWanted && (typeof value === 'string' || typeof value === 'number') ? [String(value)] : []
}
