import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { AgentError } from '../errors.ts'

/**
 * An encrypted segment is a head and chunks. The head: the four letters `DBG1`, 8 bytes that tell the key, 16 bytes of
 * salt. Each segment has a key of its own: HKDF-SHA256 (RFC 5869) of the agent's key and the salt. A chunk: its length
 * as 4 bytes, 16 bytes of tag, the cipher text of AES-256-GCM (NIST SP 800-38D). The IV is the number of the chunk, and
 * with it the place of the segment is authenticated: run, step, number. So no chunk can be moved or left out before
 * another one; what is cut off at the end looks as what a crash leaves.
 */
const magic = Buffer.from('DBG1')
const keyIdBytes = 8
const saltBytes = 16
const headBytes = magic.length + keyIdBytes + saltBytes
const tagBytes = 16
const algorithm = 'aes-256-gcm'

/** Seals one segment, chunk after chunk. */
export interface SegmentSealer {
  /** What the segment begins with. */
  readonly head: Buffer
  seal(chunk: Buffer): Buffer
}

/** Begins a segment; `place` is where it belongs, and only there it can be read. */
export function sealSegment(key: Buffer, place: string): SegmentSealer {
  const salt = randomBytes(saltBytes)
  const own = keyOfSegment(key, salt)
  let index = 0
  return {
    head: Buffer.concat([magic, keyIdOf(key), salt]),
    seal(chunk) {
      const cipher = createCipheriv(algorithm, own, ivOf(index)).setAAD(aadOf(place, index))
      const text = Buffer.concat([cipher.update(chunk), cipher.final()])
      const length = Buffer.alloc(4)
      length.writeUInt32BE(text.length)
      index += 1
      return Buffer.concat([length, cipher.getAuthTag(), text])
    },
  }
}

/** What a segment holds. A last chunk that is not whole is left out. Throws DEBUG_LOG_UNREADABLE. */
export function openSegment(key: Buffer, place: string, bytes: Buffer): Buffer {
  if (bytes.length < headBytes) return Buffer.alloc(0)
  if (!bytes.subarray(0, magic.length).equals(magic)) throw unreadable(place, 'it is no debug log of ours')
  const keyId = bytes.subarray(magic.length, magic.length + keyIdBytes)
  if (!keyId.equals(keyIdOf(key))) throw unreadable(place, 'it was encrypted with another key')
  const own = keyOfSegment(key, bytes.subarray(magic.length + keyIdBytes, headBytes))
  const chunks: Buffer[] = []
  let at = headBytes
  while (at + 4 + tagBytes <= bytes.length) {
    const begin = at + 4 + tagBytes
    const end = begin + bytes.readUInt32BE(at)
    if (end > bytes.length) break
    chunks.push(openChunk(bytes.subarray(at + 4, end), { own, place, index: chunks.length }))
    at = end
  }
  return Buffer.concat(chunks)
}

function openChunk(
  bytes: Buffer,
  { own, place, index }: { readonly own: Buffer; readonly place: string; readonly index: number },
): Buffer {
  try {
    const decipher = createDecipheriv(algorithm, own, ivOf(index), { authTagLength: tagBytes })
    decipher.setAAD(aadOf(place, index)).setAuthTag(bytes.subarray(0, tagBytes))
    return Buffer.concat([decipher.update(bytes.subarray(tagBytes)), decipher.final()])
  } catch (cause) {
    throw unreadable(place, `part ${index + 1} of it was changed, moved or damaged`, cause)
  }
}

function keyOfSegment(key: Buffer, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, 'debug log', 32))
}

/** Tells keys apart and nothing of the key. */
function keyIdOf(key: Buffer): Buffer {
  return createHmac('sha256', key).update('debug log key id').digest().subarray(0, keyIdBytes)
}

function ivOf(index: number): Buffer {
  const iv = Buffer.alloc(12)
  iv.writeUInt32BE(index, 8)
  return iv
}

function aadOf(place: string, index: number): Buffer {
  return Buffer.from(`debug log ${place} ${index}`)
}

function unreadable(place: string, problem: string, cause?: unknown): AgentError {
  return new AgentError('DEBUG_LOG_UNREADABLE', `debug log ${place}: ${problem}`, { cause })
}
