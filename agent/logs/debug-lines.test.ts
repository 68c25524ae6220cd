import { describe, expect, test } from '@jest/globals'
import { shortLine } from './debug-lines.ts'

const shorten = (line: object) => JSON.parse(shortLine(JSON.stringify(line)))

describe('shortLine', () => {
  test('leaves lines of usual length as they are', () => {
    const json = '{"kind":"read",  "number":1}'

    expect(shortLine(json)).toBe(json)
  })

  test('cuts long texts wherever they stand and says how much is missing', () => {
    const { record, number } = shorten({ number: 7, record: { texts: ['short', 'x'.repeat(12_345)] } })

    expect(number).toBe(7)
    expect(record.texts).toEqual(['short', `${'x'.repeat(10_000)}… 2,345 more characters`])
  })

  test('cuts a large record, keeps what is known of it, and says how much is missing', () => {
    const record = { parts: Array.from({ length: 40 }, (_, place) => `${place} ${'y'.repeat(9_000)}`) }
    const json = JSON.stringify(record)

    const line = shorten({ kind: 'sent', number: 3, record })

    expect(line).toMatchObject({ kind: 'sent', number: 3 })
    expect(json.startsWith(line.record.beginning)).toBe(true)
    expect(line.record.beginning.length + line.record.missingCharacters).toBe(json.length)
    expect(JSON.stringify(line).length).toBeLessThan(120_000)
  })
})
