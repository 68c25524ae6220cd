/** What a secret looks like after masking. */
export const mask = '********'

/** Masks secrets by value in any text that leaves the process. */
export interface Redactor {
  /** Secrets to mask from now on. Values shorter than 4 characters are left alone: masking them would garble every text. */
  add(secrets: readonly string[]): void
  redact(text: string): string
  /** As `redact`, for one JSON value: it is JSON afterwards too. A text that is no JSON is masked as any other. */
  redactJson(json: string): string
  values(): readonly string[]
}

/** A redactor that knows the given secrets. One per process, handed to every sink; `onLearned` hears of new ones. */
export function createRedactor(
  secrets: readonly string[] = [],
  onLearned?: (secrets: readonly string[]) => void,
): Redactor {
  const known = new Set<string>()
  let pattern: RegExp | undefined

  const redactor: Redactor = {
    add(values) {
      const learned = values.filter(value => value.length >= 4 && !known.has(value))
      if (learned.length === 0) return
      for (const form of learned.flatMap(formsOf)) known.add(form)
      onLearned?.(learned)
      // Longest first, so that a secret which contains another is masked as a whole.
      const ordered = [...known].sort((a, b) => b.length - a.length)
      pattern = ordered.length === 0 ? undefined : new RegExp(ordered.map(escapePattern).join('|'), 'g')
    },
    redact: text => (pattern === undefined ? text : text.replace(pattern, mask)),
    redactJson(json) {
      const masked = redactor.redact(json)
      if (masked === json || parse(masked) !== undefined) return masked
      // A secret like 4711 or true may stand where no text does; there the mask needs quotes.
      const parsed = parse(json)
      if (parsed === undefined) return masked
      return `${JSON.stringify(maskWithin(parsed.value, redactor.redact))}${json.endsWith('\n') ? '\n' : ''}`
    },
    values: () => [...known],
  }
  redactor.add(secrets)
  return redactor
}

function parse(json: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(json) }
  } catch {
    return undefined
  }
}

function maskWithin(value: unknown, redact: (text: string) => string): unknown {
  if (Array.isArray(value)) return value.map(each => maskWithin(each, redact))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [redact(key), maskWithin(each, redact)]))
  }
  const text = String(value)
  const masked = redact(text)
  return masked === text ? value : masked
}

/** A secret may stand in a text as it is, escaped inside JSON, or percent-encoded inside a URL. */
function formsOf(secret: string): readonly string[] {
  return [...new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])]
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
