import { describe, expect, test } from '@jest/globals'
import { fieldsOf, unavailableIn } from './schema-fields.ts'

describe('fieldsOf', () => {
  test('tells types, limits and what is nested in lists', () => {
    const schema = {
      type: 'object',
      required: ['at'],
      properties: {
        at: { type: 'string', format: 'date-time' },
        tags: { type: 'array', items: { type: 'string' }, maxItems: 3 },
        either: {
          anyOf: [
            { type: 'integer', exclusiveMinimum: 0 },
            { type: 'object', properties: { a: {} } },
          ],
        },
        fixed: { const: 'x' },
      },
    }

    expect(fieldsOf(schema).map(({ path, type, mark, limits }) => [path, type, mark, limits])).toEqual([
      ['at', 'date-time', 'required', ''],
      ['tags', 'list of string', '', 'items at most 3'],
      ['either', 'integer or object', '', ''],
      ['either.a', 'any', '', ''],
      ['fixed', 'any', '', 'one of x'],
    ])
  })

  test('tells choices with their names, a few of many examples, and what a list may hold', () => {
    const schema = {
      properties: {
        attribute_id: { enum: [1, 2], 'x-choices': [{ value: 1, name: 'Points, number' }] },
        many: { enum: Array.from({ length: 11 }, (_, index) => index), 'x-choices': [] },
        currency: { type: 'string', examples: ['USD', 'EUR', 'GBP', 'CHF', 'SEK', 'NOK'] },
        channel_ids: { type: 'array', maxItems: 3, items: { type: 'integer', examples: [1] } },
      },
    }

    expect(fieldsOf(schema).map(({ limits }) => limits)).toEqual([
      'one of 1 (Points, number), 2',
      'one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, … (11)',
      'such as USD, EUR, GBP, CHF, SEK, … (6)',
      'items at most 3; such as 1',
    ])
  })

  test('ends on a schema that holds itself', () => {
    const $defs = {
      node: { type: 'object', properties: { children: { type: 'array', items: { $ref: '#/$defs/node' } } } },
    }

    const paths = fieldsOf({ $ref: '#/$defs/node', $defs }).map(({ path }) => path)

    expect(paths.slice(0, 2)).toEqual(['children', 'children[].children'])
    expect(paths.length).toBeLessThan(10)
  })
})

describe('unavailableIn', () => {
  test('names once what the vendor did not tell', () => {
    const live = {
      'x-live': [
        { source: 'channels', found: 1 },
        { source: 'currencies', unavailable: '403' },
      ],
    }

    expect(unavailableIn([live, undefined, {}, live])).toEqual(['currencies (403)'])
  })
})
