import { describe, expect, test } from '@jest/globals'
import type { Page } from '../../connectors/sdk/connector.ts'
import { pagesWithinGrace, withinGrace } from './grace.ts'

const never = new Promise<never>(() => undefined)

describe('withinGrace', () => {
  test('gives the result of work that ends', async () => {
    expect(await withinGrace(Promise.resolve(5), new AbortController().signal)).toBe(5)
  })

  test('lets work end in its own way after an abort', async () => {
    await expect(withinGrace(Promise.reject(new Error('its own')), AbortSignal.abort())).rejects.toThrow('its own')
  })

  test('gives up on work that hangs, with the reason of the abort', async () => {
    await expect(withinGrace(never, AbortSignal.abort(new Error('canceled')))).rejects.toThrow('canceled')
  })
})

describe('pagesWithinGrace', () => {
  test('tells the source to return when the reader stops early', async () => {
    let hasReturned = false
    async function* source(): AsyncGenerator<Page> {
      try {
        yield { records: [], position: 1 }
        yield { records: [], position: 2 }
      } finally {
        hasReturned = true
      }
    }

    for await (const page of pagesWithinGrace(source(), new AbortController().signal)) if (page.position === 1) break

    expect(hasReturned).toBe(true)
  })
})
