import { describe, expect, test } from '@jest/globals'
import { atMost } from './at-most.ts'

const never = new Promise<never>(() => undefined)

describe('atMost', () => {
  test('does not wait longer than it may', async () => {
    await expect(atMost(never, 1)).resolves.toBeUndefined()
  })

  test('passes a failure on', async () => {
    await expect(atMost(Promise.reject(new Error('broken')), 1_000)).rejects.toThrow('broken')
  })
})
