import { describe, expect, test } from '@jest/globals'
import { createReleases } from './releases.ts'

describe('createReleases', () => {
  test('releases one after the other, the last first, each once', async () => {
    const releases = createReleases()
    const order: string[] = []
    releases.add('first', () => order.push('first'))
    releases.add('second', async () => {
      await Promise.resolve()
      order.push('second')
    })
    releases.add('third', () => order.push('third'))

    await releases.releaseAll(() => undefined)
    await releases.releaseAll(() => undefined)

    expect(order).toEqual(['third', 'second', 'first'])
  })

  test('goes on after one that fails, and tells of it', async () => {
    const releases = createReleases()
    const order: string[] = []
    const failures: [string, string][] = []
    releases.add('first', () => order.push('first'))
    releases.add('second', () => Promise.reject(new Error('does not end')))
    releases.add('third', () => {
      throw 'a text'
    })

    await releases.releaseAll((name, { message }) => failures.push([name, message]))

    expect(order).toEqual(['first'])
    expect(failures).toEqual([
      ['third', 'a text'],
      ['second', 'does not end'],
    ])
  })
})
