/** A text of a line is cut at so many characters. */
const maxTextChars = 10_000
/** A line is cut at about so many. */
const maxLineChars = 100_000
/** What is left at least of a field that makes a line too long. */
const shortestBeginning = 2_000

/** Shortens a line of JSON that is too long, and says in it how much is missing. It must be redacted already. */
export function shortLine(json: string): string {
  if (json.length <= maxTextChars) return json
  const line = shortTexts(JSON.parse(json))
  const short = JSON.stringify(line)
  return short.length <= maxLineChars || !isObject(line) ? short : JSON.stringify(shortFields(line, short.length))
}

type JsonObject = { readonly [field: string]: unknown }

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shortTexts(value: unknown): unknown {
  if (typeof value === 'string') return shortText(value)
  if (Array.isArray(value)) return value.map(shortTexts)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shortTexts(each)]))
}

function shortText(text: string): string {
  const missing = text.length - maxTextChars
  return missing <= 0 ? text : `${text.slice(0, maxTextChars)}… ${missing.toLocaleString('en-US')} more characters`
}

/** The longest fields go first, each replaced by the beginning of its JSON, until the line is short enough. */
function shortFields(line: JsonObject, lineChars: number): JsonObject {
  const fields = Object.entries(line).map(([name, value]) => ({ name, text: JSON.stringify(value) ?? '' }))
  const longestFirst = fields.sort((a, b) => b.text.length - a.text.length)
  const short: { [field: string]: unknown } = { ...line }
  let chars = lineChars
  for (const { name, text } of longestFirst) {
    if (chars <= maxLineChars || text.length <= shortestBeginning) break
    const kept = Math.max(shortestBeginning, text.length - (chars - maxLineChars))
    short[name] = { beginning: text.slice(0, kept), missingCharacters: text.length - kept }
    chars -= text.length - kept
  }
  return short
}
