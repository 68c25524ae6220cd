import type { ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Answer } from './answer.ts'

const compress = promisify(gzip)
/** Bodies below this size are sent as they are. */
const smallestGzipBytes = 860

/** Compressed bodies of answers that never change, so that a benchmark does not measure this process's gzip. */
export interface GzipStore {
  get(url: string): Buffer | undefined
  put(url: string, body: Buffer): void
}

/** A store of at most so many bytes; the oldest body goes first. */
export function createGzipStore(capBytes: number): GzipStore {
  const bodies = new Map<string, Buffer>()
  let sizeBytes = 0
  return {
    get: url => bodies.get(url),
    put: (url, body) => {
      if (bodies.has(url)) return
      bodies.set(url, body)
      sizeBytes += body.length
      for (const [oldUrl, old] of bodies) {
        if (sizeBytes <= capBytes) break
        bodies.delete(oldUrl)
        sizeBytes -= old.length
      }
    },
  }
}

/** A body ready to be sent. */
export interface Encoded {
  readonly pieces: readonly Buffer[]
  readonly sizeBytes: number
  readonly isGzip: boolean
}

/** Compresses a body for a client that takes gzip. */
export async function encode(answer: Answer, url: string, takesGzip: boolean, store: GzipStore): Promise<Encoded> {
  const sizeBytes = answer.body.reduce((sum, piece) => sum + piece.length, 0)
  if (!takesGzip || sizeBytes < smallestGzipBytes) return { pieces: answer.body, sizeBytes, isGzip: false }
  const known = answer.isStable === true ? store.get(url) : undefined
  const packed = known ?? (await compress(Buffer.concat(answer.body), { level: 1 }))
  if (answer.isStable === true) store.put(url, packed)
  return { pieces: [packed], sizeBytes: packed.length, isGzip: true }
}

/** Sends an answer. */
export function send(response: ServerResponse, answer: Answer, body: Encoded): void {
  response.writeHead(answer.status, headersOf(answer, body))
  response.cork()
  for (const piece of body.pieces) response.write(piece)
  response.end()
  response.uncork()
}

/** Sends the headers of an answer and the first half of its body, then breaks the connection. */
export function sendHalf(response: ServerResponse, answer: Answer, body: Encoded): void {
  const whole = Buffer.concat(body.pieces)
  response.writeHead(answer.status, headersOf(answer, body))
  response.write(whole.subarray(0, Math.floor(whole.length / 2)), () => response.socket?.destroy())
}

function headersOf(answer: Answer, body: Encoded): { readonly [name: string]: string | number } {
  if (answer.status === 204) return {}
  return {
    ...(answer.contentType === undefined ? {} : { 'Content-Type': answer.contentType }),
    ...(body.isGzip ? { 'Content-Encoding': 'gzip' } : {}),
    'Content-Length': body.sizeBytes,
  }
}
