import { randomBytes } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { openSegment, sealSegment } from './debug-cipher.ts'

const key = randomBytes(32)
const place = 'run/events/1'
const refusal = { code: 'DEBUG_LOG_UNREADABLE' }

/** A segment of these chunks, in its parts. */
function seal(chunks: readonly string[], where = place): readonly Buffer[] {
  const sealer = sealSegment(key, where)
  return [sealer.head, ...chunks.map(chunk => sealer.seal(Buffer.from(chunk)))]
}

describe('a sealed segment', () => {
  test('is read with its key, and shows nothing of what is in it', () => {
    const bytes = Buffer.concat(seal(['the first line\n', 'the second\n']))

    expect(openSegment(key, place, bytes).toString()).toBe('the first line\nthe second\n')
    expect(bytes.includes('line')).toBe(false)
  })

  test('leaves out what a crash has cut off', () => {
    const bytes = Buffer.concat(seal(['first\n', 'second\n']))

    expect(openSegment(key, place, bytes.subarray(0, -1)).toString()).toBe('first\n')
    expect(openSegment(key, place, bytes.subarray(0, 5)).toString()).toBe('')
  })

  test('is refused with another key', () => {
    const bytes = Buffer.concat(seal(['first\n']))

    expect(() => openSegment(randomBytes(32), place, bytes)).toThrow(
      expect.objectContaining({ ...refusal, message: 'debug log run/events/1: it was encrypted with another key' }),
    )
  })

  test('is refused when chunks change places, are left out, or come from elsewhere', () => {
    const [head = Buffer.alloc(0), first = head, second = head] = seal(['first\n', 'second\n'])
    const [, strange = head] = seal(['strange\n'])
    const bent = Buffer.from(first)
    bent.writeUInt8(bent.readUInt8(bent.length - 1) ^ 1, bent.length - 1)

    for (const parts of [
      [head, second, first],
      [head, second],
      [head, strange],
      [head, first, first],
      [head, bent],
    ]) {
      expect(() => openSegment(key, place, Buffer.concat(parts))).toThrow(expect.objectContaining(refusal))
    }
    expect(() => openSegment(key, 'run/events/2', Buffer.concat([head, first]))).toThrow(
      expect.objectContaining(refusal),
    )
    expect(() => openSegment(key, place, Buffer.from('{"time":"2026-11-25T12:00:00.000Z"}\n'))).toThrow(
      expect.objectContaining({ message: expect.stringContaining('it is no debug log of ours') }),
    )
  })
})
