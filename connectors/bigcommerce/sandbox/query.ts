/** The parameters of a URL, in order. A name may be '': a stray `&` counts as a parameter without a name. */
export type Query = readonly (readonly [name: string, value: string])[]

/** The path of a URL and its parameters; undefined when it is not properly encoded. */
export function parseTarget(target: string): { readonly path: string; readonly query: Query } | undefined {
  const mark = target.indexOf('?')
  try {
    if (mark < 0) return { path: decodeURIComponent(target), query: [] }
    return { path: decodeURIComponent(target.slice(0, mark)), query: parseQuery(target.slice(mark + 1)) }
  } catch {
    return undefined
  }
}

function parseQuery(text: string): Query {
  if (text === '') return []
  return text.split('&').map(pair => {
    const equals = pair.indexOf('=')
    return equals < 0 ? [decode(pair), ''] : [decode(pair.slice(0, equals)), decode(pair.slice(equals + 1))]
  })
}

function decode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '))
}

/** The last value given for a parameter. */
export function lastValue(query: Query, name: string): string | undefined {
  return query.findLast(([given]) => given === name)?.[1]
}

/** The values of a comma-separated parameter; none when it is absent or empty. */
export function listOf(query: Query, name: string): readonly string[] {
  const value = lastValue(query, name)
  return value === undefined || value === '' ? [] : value.split(',').map(item => item.trim())
}

/** The query string of a link to another page: what was asked, with some parameters replaced or dropped. */
export function linkOf(query: Query, changes: { readonly [name: string]: string | number | undefined }): string {
  const kept = query.filter(([name]) => name !== '' && !(name in changes))
  const changed = Object.entries(changes).filter(([, value]) => value !== undefined)
  const pairs = [...kept, ...changed].map(([name, value]) => `${encodeName(String(name))}=${encodeName(String(value))}`)
  return `?${pairs.join('&')}`
}

function encodeName(text: string): string {
  return encodeURIComponent(text).replaceAll('%3A', ':').replaceAll('%2C', ',')
}
