const maxWords = 500

/**
 * What the store says of a failure, in one line: v3 has `title` and `errors`, v2 a list of `message`s, price lists
 * `error.message`, pages `detail`, gateways plain text.
 */
export function wordsOf(body: string): string {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return /^\s*</.test(body) ? 'with a web page, perhaps of a proxy' : shortened(body.trim())
  }
  return wordsIn(parsed)
}

/** The same of a body that is parsed already, or of one of the problems in it. */
export function wordsIn(body: unknown): string {
  const problems = Array.isArray(body) ? body : [body]
  return shortened(problems.flatMap(textsOf).join('; '))
}

/** Cut between words: of a token that is repeated and lies across the cut no part may stay, as nobody would know it. */
function shortened(text: string): string {
  return text.length <= maxWords ? text : `${text.slice(0, maxWords).replace(/\S*$/, '')}…`
}

interface Problem {
  readonly title?: unknown
  readonly message?: unknown
  readonly detail?: unknown
  readonly error?: unknown
  readonly errors?: unknown
}

function textsOf(problem: unknown): readonly string[] {
  if (typeof problem === 'string') return [problem]
  if (typeof problem !== 'object' || problem === null) return []
  const { title, message, detail, error, errors } = problem as Problem // any of them may be missing
  const heads = [title ?? message ?? detail].filter(text => typeof text === 'string' && text !== '') as string[]
  return [...heads, ...(error === undefined ? [] : textsOf(error)), ...fieldTexts(errors)]
}

/** `errors` is an object of texts by field path, or a list of problems or names. */
function fieldTexts(errors: unknown): readonly string[] {
  if (Array.isArray(errors)) return errors.flatMap(textsOf)
  if (typeof errors !== 'object' || errors === null) return []
  return Object.entries(errors).map(
    ([field, text]) => `${field}: ${typeof text === 'string' ? text : JSON.stringify(text)}`,
  )
}
