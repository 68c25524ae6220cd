import { type Found, invalidAt, maxRecordBytes, parseRecord, type Reading, tooLong } from './found.ts'

const lineFeed = 0x0a

/** The records of a file with one JSON object a line; empty lines are left out. */
export async function* readNdjson({ path, start, bytes }: Reading): AsyncGenerator<readonly Found[]> {
  let { offset, line } = start
  let rest: Buffer[] = []
  let restBytes = 0

  function take(text: Buffer, endBytes: number, found: Found[]): void {
    offset += text.byteLength + endBytes
    if (!isBlank(text)) found.push({ record: parseRecord(text, path, line), after: { offset, line: line + 1 } })
    line += 1
  }

  for await (const portion of bytes) {
    const found: Found[] = []
    let from = 0
    for (let to = portion.indexOf(lineFeed); to !== -1; to = portion.indexOf(lineFeed, from)) {
      const end = portion.subarray(from, to)
      take(rest.length === 0 ? end : Buffer.concat([...rest, end]), 1, found)
      rest = []
      restBytes = 0
      from = to + 1
    }
    if (from < portion.byteLength) rest.push(portion.subarray(from))
    restBytes += portion.byteLength - from
    if (restBytes > maxRecordBytes) throw invalidAt(path, line, tooLong)
    if (found.length > 0) yield found
  }
  const last: Found[] = []
  if (restBytes > 0) take(Buffer.concat(rest), 0, last)
  if (last.length > 0) yield last
}

function isBlank(text: Buffer): boolean {
  return text.every(byte => byte === 0x20 || byte === 0x09 || byte === 0x0d)
}
