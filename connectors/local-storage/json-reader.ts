import { type Found, invalidAt, maxRecordBytes, parseRecord, type Reading, tooLong } from './found.ts'

/**
 * The records of a file that is one JSON array, holding one of them at a time. The scanner only finds where elements
 * begin and end; whether they are JSON is for JSON.parse to say.
 *
 *   before ─[→ first ─{→ element ─}→ separator ─,→ value ─{→ element …
 *                └──]→ after ←──]──────┘
 */
export async function* readJson(reading: Reading): AsyncGenerator<readonly Found[]> {
  const scanner = createScanner(reading)
  for await (const portion of reading.bytes) {
    const found = scanner.take(portion)
    if (found.length > 0) yield found
  }
  scanner.end()
}

type Where = 'before' | 'first' | 'value' | 'element' | 'separator' | 'after'

interface Scanner {
  take(portion: Buffer): readonly Found[]
  end(): void
}

const byte = { quote: 0x22, comma: 0x2c, open: 0x5b, escape: 0x5c, close: 0x5d, openObject: 0x7b, closeObject: 0x7d }

function createScanner({ path, start }: Reading): Scanner {
  let where: Where = start.isBeginning ? 'before' : 'separator'
  let { offset, line } = start
  let element = createElement(line)

  /** Everything between elements is one byte long. */
  function step(code: number): void {
    if (where === 'before' && code === byte.open) where = 'first'
    else if ((where === 'first' || where === 'separator') && code === byte.close) where = 'after'
    else if (where === 'separator' && code === byte.comma) where = 'value'
    else if ((where === 'first' || where === 'value') && code === byte.openObject) {
      where = 'element'
      element = createElement(line)
    } else throw invalidAt(path, line, problems[where])
  }

  return {
    take(portion) {
      const found: Found[] = []
      let from = 0
      for (let at = 0; at < portion.byteLength; at += 1) {
        const code = portion[at] ?? 0
        if (code === 0x0a) line += 1
        if (where !== 'element') {
          if (isSpace(code)) continue
          step(code)
          from = at
        }
        if (where !== 'element' || !element.endsWith(code)) continue
        const text = element.text(portion.subarray(from, at + 1))
        found.push({ record: parseRecord(text, path, element.line), after: { offset: offset + at + 1, line } })
        where = 'separator'
      }
      if (where === 'element' && element.hold(portion.subarray(from)) > maxRecordBytes)
        throw invalidAt(path, element.line, tooLong)
      offset += portion.byteLength
      return found
    },
    end() {
      if (where === 'before') throw invalidAt(path, line, 'the file is empty, not a JSON array')
      if (where !== 'after') throw invalidAt(path, line, 'the array does not end; the file may be cut off')
    },
  }
}

const problems: { readonly [where in Where]: string } = {
  before: 'the file is not a JSON array',
  first: 'is not an object with fields',
  value: 'is not an object with fields',
  element: 'is not an object with fields',
  separator: 'a comma or the end of the array is missing',
  after: 'there is more after the end of the array',
}

/** One element on its way, perhaps over several portions. */
interface Element {
  readonly line: number
  /** Whether the byte is the last of the element. */
  endsWith(code: number): boolean
  /** Keeps bytes until the element ends; returns how many are kept. */
  hold(bytes: Buffer): number
  text(lastBytes: Buffer): Buffer
}

function createElement(line: number): Element {
  const held: Buffer[] = []
  let heldBytes = 0
  let depth = 0
  let isInString = false
  let isEscaped = false
  return {
    line,
    endsWith(code) {
      if (isInString) {
        if (isEscaped) isEscaped = false
        else if (code === byte.escape) isEscaped = true
        else if (code === byte.quote) isInString = false
        return false
      }
      if (code === byte.quote) isInString = true
      else if (code === byte.openObject || code === byte.open) depth += 1
      else if (code === byte.closeObject || code === byte.close) depth -= 1
      return depth === 0
    },
    hold(bytes) {
      held.push(bytes)
      heldBytes += bytes.byteLength
      return heldBytes
    },
    text: lastBytes => (held.length === 0 ? lastBytes : Buffer.concat([...held, lastBytes])),
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}
