import { describe, expect, test } from '@jest/globals'
import { fieldsOf } from './schema-fields.ts'

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

  test('ends on a schema that holds itself', () => {
    const $defs = {
      node: { type: 'object', properties: { children: { type: 'array', items: { $ref: '#/$defs/node' } } } },
    }

    const paths = fieldsOf({ $ref: '#/$defs/node', $defs }).map(({ path }) => path)

    expect(paths.slice(0, 2)).toEqual(['children', 'children[].children'])
    expect(paths.length).toBeLessThan(10)
  })
})
