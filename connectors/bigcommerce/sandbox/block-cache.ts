/** Records as JSON text, by position: one way of looking at one kind of record. */
export interface TextSource {
  /** Names the texts: two sources of one key give the same text for the same position. */
  readonly key: string
  readonly size: number
  text(index: number): string
}

/** The JSON text of blocks of neighbouring records, kept as bytes up to a number of them; the oldest block goes first. */
export interface BlockCache {
  /** The texts of the positions `from` up to before `to`, with commas between them, in a few pieces. */
  range(source: TextSource, from: number, to: number): Buffer[]
  /** The text of one position, out of its block when that is there. */
  one(source: TextSource, index: number): Buffer
  readonly sizeBytes: number
}

interface Block {
  readonly bytes: Buffer
  /** Where each record starts; the record ends before the comma in front of the next one. */
  readonly starts: readonly number[]
}

const blockRecords = 50
const comma = Buffer.from(',')

/** An empty cache that holds at most so many bytes. */
export function createBlockCache(capBytes: number): BlockCache {
  const blocks = new Map<string, Block>()
  let sizeBytes = 0

  function block(source: TextSource, number: number): Block {
    const key = `${source.key}#${number}`
    const known = blocks.get(key)
    if (known !== undefined) return known
    const made = renderBlock(source, number)
    sizeBytes += made.bytes.length
    blocks.set(key, made)
    for (const [oldKey, old] of blocks) {
      if (sizeBytes <= capBytes) break
      blocks.delete(oldKey)
      sizeBytes -= old.bytes.length
    }
    return made
  }

  return {
    range: (source, from, to) => {
      const pieces: Buffer[] = []
      for (let at = from; at < to; ) {
        const number = Math.floor(at / blockRecords)
        const end = Math.min(to, (number + 1) * blockRecords)
        if (pieces.length > 0) pieces.push(comma)
        pieces.push(cut(block(source, number), at - number * blockRecords, end - number * blockRecords))
        at = end
      }
      return pieces
    },
    one: (source, index) => {
      const number = Math.floor(index / blockRecords)
      const known = blocks.get(`${source.key}#${number}`)
      if (known === undefined) return Buffer.from(source.text(index))
      return cut(known, index - number * blockRecords, index - number * blockRecords + 1)
    },
    get sizeBytes() {
      return sizeBytes
    },
  }
}

function renderBlock(source: TextSource, number: number): Block {
  const starts: number[] = []
  const texts: string[] = []
  let at = 0
  const end = Math.min(source.size, (number + 1) * blockRecords)
  for (let index = number * blockRecords; index < end; index++) {
    const text = source.text(index)
    starts.push(at)
    texts.push(text)
    at += Buffer.byteLength(text) + 1
  }
  return { bytes: Buffer.from(texts.join(',')), starts }
}

function cut({ bytes, starts }: Block, from: number, to: number): Buffer {
  const next = starts[to]
  return bytes.subarray(starts[from] ?? 0, next === undefined ? bytes.length : next - 1)
}
