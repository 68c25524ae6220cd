import { createFieldMask } from './mask-fields.ts'
import { escapePattern } from './pattern.ts'
import { isSecretName, maskShapes } from './secret-shapes.ts'

/** What a secret looks like after masking. */
export const mask = '********'

/** Masks secrets in any text that leaves the process: by value, where headers and URLs carry unknown ones, and by field. */
export interface Redactor {
  /** Secrets to mask from now on. Values shorter than 4 characters are left alone: masking them would garble every text. */
  add(secrets: readonly string[]): void
  redact(text: string): string
  /** As `redact`, for a text about a record: what that has in the fields to mask is found without their names too. */
  redactAbout(record: unknown, text: string): string
  /** As `redact`, for one JSON value: it is JSON afterwards too. A text that is no JSON is masked as any other. */
  redactJson(json: string): string
  /** For JSON that is used again, as a record or a job: only the values of known secrets are masked. */
  redactData(json: string): string
  values(): readonly string[]
}

/**
 * A redactor that knows the given secrets. One per process, handed to every sink; `onLearned` hears of new ones.
 * `maskFields` are names of fields of records whose values are masked, but not in data.
 */
export function createRedactor(
  secrets: readonly string[] = [],
  onLearned?: (secrets: readonly string[]) => void,
  maskFields: readonly string[] = [],
): Redactor {
  const known = new Set<string>()
  let pattern: RegExp | undefined

  const redactValues = (text: string) => (pattern === undefined ? text : text.replace(pattern, mask))
  const fields = createFieldMask(maskFields, mask)
  const redactSecrets = (text: string) => maskShapes(redactValues(text), mask)
  const redact = (text: string) => fields.mask(redactSecrets(text))

  const redactor: Redactor = {
    add(values) {
      const learned = values.filter(value => value.length >= shortest && !known.has(value))
      if (learned.length === 0) return
      for (const form of learned.flatMap(formsOf)) known.add(form)
      onLearned?.(learned)
      // Longest first, so that a secret which contains another is masked as a whole.
      const ordered = [...known].sort((a, b) => b.length - a.length)
      pattern = new RegExp(ordered.map(escapePattern).join('|'), 'g')
    },
    redact,
    redactAbout: (record, text) => fields.maskAbout(record, redactSecrets(text)),
    redactJson: json => maskJson(json, redact, isSecretName),
    redactData: json => maskJson(json, redactValues, () => false),
    values: () => [...known],
  }
  redactor.add(secrets)
  return redactor
}

const shortest = 4

type Mask = (text: string) => string
type IsSecret = (name: string) => boolean

function maskJson(json: string, redact: Mask, isSecret: IsSecret): string {
  const masked = redact(json)
  if (masked === json || parse(masked) !== undefined) return masked
  // A secret like 4711 or true may stand where no text does; there the mask needs quotes.
  const parsed = parse(json)
  if (parsed === undefined) return masked
  return `${JSON.stringify(maskWithin(parsed.value, redact, isSecret))}${json.endsWith('\n') ? '\n' : ''}`
}

function parse(json: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(json) }
  } catch {
    return undefined
  }
}

function maskWithin(value: unknown, redact: Mask, isSecret: IsSecret): unknown {
  if (Array.isArray(value)) return value.map(each => maskWithin(each, redact, isSecret))
  if (typeof value === 'object' && value !== null) {
    const masked = Object.entries(value).map(([key, each]) => [
      redact(key),
      isSecret(key) && each !== null ? mask : maskWithin(each, redact, isSecret),
    ])
    return Object.fromEntries(masked)
  }
  const text = String(value)
  const masked = redact(text)
  return masked === text ? value : masked
}

/**
 * A secret may stand in a text as it is, escaped inside JSON (which may stand inside JSON itself: a body in a line),
 * percent-encoded inside a URL, in a form, or in base64. Of one that has several lines each may be printed alone.
 */
function formsOf(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n/).filter(line => line.length >= shortestLine && line !== secret)
  return [...new Set([secret, ...lines].flatMap(encodingsOf))]
}

const shortestLine = 16

function encodingsOf(text: string): readonly string[] {
  const once = escapeJson(text)
  const twice = escapeJson(once)
  const form = new URLSearchParams({ v: text }).toString().slice('v='.length)
  const bytes = Buffer.from(text)
  const encoded = text.length < shortestLine ? [] : [bytes.toString('base64'), bytes.toString('base64url')]
  return [text, once, twice, escapeJson(twice), encodeURIComponent(text), form, ...encoded]
}

function escapeJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}
