import { describe, expect, test } from '@jest/globals'
import { fillIn, neededVariables } from './variables.ts'

const variables = { store: 'abc', limit: 10, on: false, none: null, 'a.b-c': 'dotted' }
const locate = (path: readonly (string | number)[]) => `here/${path.join('/')}`

describe('fillIn', () => {
  test.each([
    ['plain', 'plain'],
    ['[store]', 'abc'],
    ['[limit]', 10],
    ['[on]', false],
    ['[none]', null],
    ['[limit{5}]', 10],
    ['[other{5}]', '5'],
    ['[other{}]', ''],
    ['[a.b-c]', 'dotted'],
    ['stores/[store]/[limit]', 'stores/abc/10'],
    ['x[none]y', 'xy'],
    ['[store][limit]', 'abc10'],
    ['[other{https://api.example.com/v3}]/x', 'https://api.example.com/v3/x'],
    ['[[store]', '[store]'],
    ['[[[store]', '[abc'],
    ['[0]', '[0]'],
    ['[not a name]', '[not a name]'],
    ['[]', '[]'],
    ['[store', '[store'],
  ])('makes %j into %j', (text, filled) => {
    expect(fillIn(text, variables, locate)).toEqual(filled)
  })

  test('fills texts at any depth and leaves all other values and all keys alone', () => {
    const value = { '[store]': [1, null, { deep: '[store]' }], flag: true }

    expect(fillIn(value, variables, locate)).toEqual({ '[store]': [1, null, { deep: 'abc' }], flag: true })
  })

  test('does not fill in what a variable brought along', () => {
    expect(fillIn('[a] [a]', { a: '[b]', b: 'x' }, locate)).toBe('[b] [b]')
  })

  test('takes no variable that every object has', () => {
    expect(() => fillIn('[constructor]', variables, locate)).toThrow('variable "constructor" has no value')
  })

  test('names the place of a variable without value and default', () => {
    expect(() => fillIn({ list: ['x', 'a [missing]'] }, variables, locate)).toThrow(
      expect.objectContaining({
        code: 'VARIABLE_UNDEFINED',
        message: expect.stringContaining('here/list/1: variable "missing"'),
      }),
    )
  })
})

describe('neededVariables', () => {
  test('lists what has no default, at any depth', () => {
    expect(neededVariables({ a: '[x] [y{1}]', b: ['[[z]', { c: '[w]' }], d: 4 })).toEqual(['x', 'w'])
  })
})
