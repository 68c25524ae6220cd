import { ConnectorError } from '../sdk/errors.ts'

/**
 * The texts of the elements of one JSON array, in order, without holding more than one of them. It only finds where
 * elements begin and end (strings, escapes, brackets); whether they are JSON is for JSON.parse to say.
 */
export async function* elementsOf(chunks: AsyncIterable<Buffer>, path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8')
  const scanner = createScanner(path)
  for await (const chunk of chunks) yield* scanner.take(decoder.decode(chunk, { stream: true }))
  scanner.end()
}

type Where = 'before' | 'inside' | 'after'

function createScanner(path: string) {
  let where: Where = 'before'
  let element = ''
  let depth = 0
  let isInString = false
  let isEscaped = false

  function invalid(problem: string): ConnectorError {
    return new ConnectorError('FILE_INVALID', `${path}: ${problem}`)
  }

  /** Returns a finished element, when the character ends one. */
  function step(character: string): string | undefined {
    if (where !== 'inside') {
      if (/\s|\ufeff/.test(character)) return undefined
      if (where === 'after' || character !== '[')
        throw invalid(where === 'after' ? 'there is more after the array' : 'the file is not a JSON array')
      where = 'inside'
      return undefined
    }
    if (isInString) {
      element += character
      if (isEscaped) isEscaped = false
      else if (character === '\\') isEscaped = true
      else if (character === '"') isInString = false
      return undefined
    }
    if (depth === 0 && (character === ',' || character === ']')) return endElement(character)
    if (character === '"') isInString = true
    else if (character === '{' || character === '[') depth += 1
    else if (character === '}' || character === ']') depth -= 1
    element += character
    return undefined
  }

  function endElement(character: string): string | undefined {
    const text = element.trim()
    element = ''
    if (character === ']') where = 'after'
    else if (text === '') throw invalid('two commas stand where a record should be')
    return text === '' ? undefined : text
  }

  return {
    *take(text: string): Generator<string> {
      for (const character of text) {
        const finished = step(character)
        if (finished !== undefined) yield finished
      }
    },
    end() {
      if (where !== 'after') throw invalid('the array does not end; the file may be cut off')
    },
  }
}
