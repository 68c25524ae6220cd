/** A value of Redis' wire protocol, RESP2; errors and statuses are plain text here. */
export type RespValue = string | number | null | readonly RespValue[]

/** Takes bytes as they come and tells which values they complete. */
export interface RespReader {
  take(piece: Buffer): readonly RespValue[]
}

/** A reader of one direction of a connection. */
export function createRespReader(): RespReader {
  let rest: Buffer = Buffer.alloc(0)
  return {
    take(piece) {
      rest = rest.length === 0 ? piece : Buffer.concat([rest, piece])
      const values: RespValue[] = []
      let at = 0
      for (let read = readValue(rest, at); read !== undefined; read = readValue(rest, at)) {
        values.push(read.value)
        at = read.end
      }
      rest = rest.subarray(at)
      return values
    },
  }
}

interface Read {
  readonly value: RespValue
  readonly end: number
}

/** Undefined when the value is not complete yet. */
function readValue(bytes: Buffer, at: number): Read | undefined {
  const lineEnd = bytes.indexOf('\r\n', at)
  if (lineEnd < 0) return undefined
  const line = bytes.toString('latin1', at + 1, lineEnd)
  const end = lineEnd + 2
  switch (String.fromCharCode(bytes[at] ?? 0)) {
    case '+':
    case '-':
      return { value: line, end }
    case ':':
      return { value: Number(line), end }
    case '$':
      return readText(bytes, Number(line), end)
    case '*':
      return readList(bytes, Number(line), end)
    default:
      throw new Error(`not RESP2: ${JSON.stringify(line.slice(0, 40))}`)
  }
}

function readText(bytes: Buffer, length: number, from: number): Read | undefined {
  if (length < 0) return { value: null, end: from }
  const end = from + length + 2
  return end > bytes.length ? undefined : { value: bytes.toString('utf8', from, from + length), end }
}

function readList(bytes: Buffer, length: number, from: number): Read | undefined {
  if (length < 0) return { value: null, end: from }
  const values: RespValue[] = []
  let end = from
  for (let index = 0; index < length; index += 1) {
    const read = readValue(bytes, end)
    if (read === undefined) return undefined
    values.push(read.value)
    end = read.end
  }
  return { value: values, end }
}
