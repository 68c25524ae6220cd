import { describe, expect, test } from '@jest/globals'
import { openJson, textOf } from './json.ts'

const meta = { pagination: { total: 2_000, links: { next: '?page=2' } } }
const tricky = [
  { id: 1, name: 'a "quoted" ],[ {name}', path: 'c:\\' },
  { id: 2, lists: [[], [{}], [1, { a: [2] }]], empty: {} },
  { id: 3, name: '“dash” — \u0000 😀', ends: '\\\\"' },
]
const records = Array.from({ length: 600 }, (_, at) => ({ ...tricky[at % 3], at, text: 'x'.repeat(100) }))

describe('openJson', () => {
  test.each([
    ['a long list in data', { data: records, meta }],
    ['a long bare list', records],
    ['a long list behind something else', { meta, data: records }],
    ['a long object', { data: { records } }],
    ['a long list of numbers', { data: Array.from({ length: 20_000 }, (_, at) => at) }],
    ['records and others', { data: [...records, 1, null, 'a,b', []], meta }],
    ['a short list', { data: tricky, meta }],
    ['an empty list', { data: [] }],
  ])('gives %s as JSON.parse does', (_what, value) => {
    const compact = Buffer.from(JSON.stringify(value))
    const spaced = Buffer.from(`\n ${JSON.stringify(value, undefined, 2)} \n`)

    const parsed = [openJson(compact)(), openJson(spaced)()]

    expect(parsed).toEqual([value, value])
  })

  const long = JSON.stringify({ data: records, meta })

  test.each([
    ['ends in a record', long.slice(0, 70_000)],
    ['ends behind a record', long.slice(0, long.indexOf('{"id":1,', 70_000) - 1)],
    ['ends behind the list', long.slice(0, long.indexOf('],"meta"') + 1)],
    ['ends in what follows the list', long.slice(0, -5)],
    ['has something behind its end', `${long}}`],
    ['closes an object as a list', long.replace(/\}\],"meta"/, '}},"meta"')],
    ['is a web page', `<html>${'x'.repeat(70_000)}`],
  ])('throws at once when a long answer %s', (_what, text) => {
    const open = () => openJson(Buffer.from(text))

    expect(open).toThrow(SyntaxError)
  })

  test.each([
    ['a record is none', long.replace('"at":7,', '"at":,')],
    ['there is a comma too many', long.replace('"at":7,', '"at":7},,{')],
  ])('throws when it is asked for and %s', (_what, text) => {
    const parse = openJson(Buffer.from(text))

    expect(parse).toThrow(SyntaxError)
  })
})

describe('textOf', () => {
  test('leaves out a byte order mark', () => {
    const text = textOf(Buffer.from('\ufeff{}'))

    expect(text).toBe('{}')
  })
})
