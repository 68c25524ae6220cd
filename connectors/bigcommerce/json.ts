/** Shorter answers are parsed at once. */
const longBytes = 65_536

/**
 * Looks through the JSON of an answer and gives what parses it. Throws a SyntaxError where it is none or has no end. Of a
 * long list, bare or in `data`, the records are not parsed before it is asked for, so that answers that wait for their
 * turn are bytes; a record that is none throws only then. They are parsed one by one: as one string a whole page costs
 * V8 more than all the rest, as it gets new memory each time and sets off a collection.
 */
export function openJson(bytes: Buffer): () => unknown {
  const start = bytes.length < longBytes ? undefined : listStart(bytes)
  if (start === undefined) {
    const value: unknown = JSON.parse(textOf(bytes))
    return () => value
  }
  const ends = endsOfElements(bytes, start)
  const around: unknown = JSON.parse(bytes.toString('utf8', 0, start) + bytes.toString('utf8', ends.at(-1)))
  return () => {
    const elements = ends.map((end, place) =>
      JSON.parse(bytes.toString('utf8', (ends[place - 1] ?? start - 1) + 1, end)),
    )
    return Array.isArray(around) ? elements : { ...(around as object), data: elements } // it begins with `data`
  }
}

/** The body as text, without the mark that some put before UTF-8. */
export function textOf(bytes: Buffer): string {
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  return bytes.toString('utf8', hasMark ? 3 : 0)
}

/** Where the first record of a list begins. */
function listStart(bytes: Buffer): number | undefined {
  const [beginning] = /^\s*(\{\s*"data"\s*:\s*)?\[(?=\s*\{)/.exec(bytes.toString('latin1', 0, 64)) ?? []
  return beginning?.length
}

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c]
const [openArray, closeArray, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d]

/** Where the comma stands behind each element of a list, and for the last one the bracket. */
function endsOfElements(bytes: Buffer, start: number): readonly number[] {
  const ends: number[] = []
  let depth = 0
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at]
    if (byte === quote) at = endOfString(bytes, at)
    else if (byte === openObject || byte === openArray) depth += 1
    else if (byte === comma && depth === 0) ends.push(at)
    else if (byte === closeObject || byte === closeArray) {
      depth -= 1
      if (depth < 0) return [...ends, at]
    }
  }
  throw new SyntaxError('the list has no end')
}

/** Where the quote stands that closes a string; nowhere: behind the last byte. */
function endOfString(bytes: Buffer, start: number): number {
  for (let at = bytes.indexOf(quote, start + 1); at !== -1; at = bytes.indexOf(quote, at + 1)) {
    let first = at
    while (bytes[first - 1] === backslash) first -= 1
    if ((at - first) % 2 === 0) return at
  }
  return bytes.length
}
