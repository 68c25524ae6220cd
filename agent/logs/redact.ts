/** What a secret looks like after masking. */
export const mask = '********'

/** Masks secrets by value in any text that leaves the process. */
export interface Redactor {
  /** Secrets to mask from now on. Values shorter than 4 characters are left alone: masking them would garble every text. */
  add(secrets: readonly string[]): void
  redact(text: string): string
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
    values: () => [...known],
  }
  redactor.add(secrets)
  return redactor
}

/** A secret may stand in a text as it is, escaped inside JSON, or percent-encoded inside a URL. */
function formsOf(secret: string): readonly string[] {
  return [...new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])]
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
