import { describe, expect, test } from '@jest/globals'
import { nameOf, runRow } from './row.ts'
import { rows } from './rows.ts'

const rowOf = (name: string) => rows.filter(row => nameOf(row) === name)

describe('the fault suite', () => {
  test('has at least 40 rows, each with a name of its own', () => {
    expect(rows.length).toBeGreaterThanOrEqual(40)
    expect(new Set(rows.map(nameOf)).size).toBe(rows.length)
  })

  test.each([
    'kill -9 runner, applied, not answered × update products',
    'kill -9 runner, a page on its way × query to file',
    'store: applied, then reset × update products',
  ])(
    'survives: %s',
    async name => {
      const [row] = rowOf(name)
      if (row === undefined) throw new Error('there is no such row')

      const { problems, status } = await runRow(row, 1, new AbortController().signal)

      expect({ problems, status }).toEqual({ problems: [], status: 'success' })
    },
    240_000,
  )
})
