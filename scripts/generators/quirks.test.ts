import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'

const root = join(import.meta.dirname, '..', '..', '..')

interface QuirkRow {
  readonly number: number
  /** How it is shown, or why it is not handled. */
  readonly shownBy: string
}

function quirkRows(): readonly QuirkRow[] {
  const page = readFileSync(join(root, 'docs', 'bigcommerce-quirks.md'), 'utf8')
  return page
    .split('\n')
    .map(line => /^\| (\d+) .*\| ([^|]+?) +\|$/.exec(line))
    .flatMap(found => (found === null ? [] : [{ number: Number(found[1]), shownBy: found[2] ?? '' }]))
}

function isThere(file: string, title: string): boolean {
  const path = join(root, file)
  if (!existsSync(path)) return false
  const text = readFileSync(path, 'utf8')
  return ["'", '"', '`'].some(quote => text.includes(`${quote}${title}${quote},`))
}

describe('docs/bigcommerce-quirks.md', () => {
  const rows = quirkRows()

  test('numbers its rows', () => {
    expect(rows.map(({ number }) => number)).toEqual(rows.map((_, index) => index + 1))
    expect(rows.length).toBeGreaterThan(48)
  })

  test('gives a test or a reason for each', () => {
    const neither = rows.filter(({ shownBy }) => !/^`[^`]+\.test\.ts` "|^not handled: ./.test(shownBy))

    expect(neither).toEqual([])
  })

  test('names tests that exist', () => {
    const named = rows.flatMap(({ shownBy }) => [...shownBy.matchAll(/`([^`]+\.test\.ts)` "([^"]+)"/g)])
    const missing = named.filter(([, file = '', title = '']) => !isThere(file, title)).map(([text]) => text)

    expect(named.length).toBeGreaterThan(rows.length / 2)
    expect(missing).toEqual([])
  })
})
