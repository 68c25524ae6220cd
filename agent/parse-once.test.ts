import { describe, expect, test } from '@jest/globals'
import { parseOnce } from './parse-once.ts'

describe('parseOnce', () => {
  test('parses a text again only when it has changed', () => {
    const seen: string[] = []
    const parse = parseOnce(text => {
      seen.push(text)
      return { text }
    })

    const values = [parse('a', 'x'), parse('a', 'x'), parse('b', 'x'), parse('a', 'x'), parse('a', 'y')]

    expect(seen).toEqual(['a', 'b', 'a', 'a'])
    expect(values[1]).toBe(values[0])
    expect(values.map(({ text }) => text)).toEqual(['a', 'a', 'b', 'a', 'a'])
  })

  test('asks a parser again that threw', () => {
    const parse = parseOnce(text => JSON.parse(text) as unknown)
    const broken = () => parse('{', 'x')

    expect(broken).toThrow(SyntaxError)
    expect(broken).toThrow(SyntaxError)
    expect(parse('{}', 'x')).toEqual({})
  })
})
