import { describe, expect, test } from '@jest/globals'
import { shareCliTests } from './cli-test.ts'

const open = shareCliTests()

describe('state', () => {
  test('is set, shown and reset', async () => {
    const { run } = await open()

    const empty = await run(['state', 'show'])
    const set = await run(['state', 'set', 'Products to CSV', '2026-11-23T11:30:00+01:00'])
    const shown = await run(['state', 'show', 'Products to CSV'])
    const reset = await run(['state', 'reset', 'Products to CSV'])
    const again = await run(['state', 'reset', 'Products to CSV'])

    expect(empty.stdout).toBe('nothing is remembered\n')
    expect(set.stdout).toBe('the next run of Products to CSV reads what has changed since 2026-11-23T10:30:00.000Z\n')
    expect(shown.stdout).toContain('Products to CSV  shop        2026-11-23T10:30:00.000Z  set by hand')
    expect([reset.stdout, again.stdout]).toEqual([
      'Products to CSV begins anew\n',
      'Products to CSV remembers nothing\n',
    ])
  })

  test.each([
    [['set', 'Products to CSV', '2026-11-23'], 'with its offset'],
    [['set', 'Products to CSV', '2099-01-01T00:00:00Z'], 'in the future'],
    [['set', 'Nothing', '2026-11-23T10:00:00Z'], 'OPERATION_NOT_FOUND'],
    [['show', 'Nothing'], 'OPERATION_NOT_FOUND'],
  ])('tells what is wrong with %j', async (args, message) => {
    const { run } = await open()

    const { stderr, exitCode } = await run(['state', ...args])

    expect(stderr).toContain(message)
    expect(exitCode).not.toBe(0)
  })
})
