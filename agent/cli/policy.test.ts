import { describe, expect, test } from '@jest/globals'
import { shareCliTests } from './cli-test.ts'

const open = shareCliTests()

describe('agent policy', () => {
  test('shows what is forbidden and by whom, and forbids', async () => {
    const { run } = await open()

    const before = await run(['policy'])
    const set = await run(['policy', 'set', 'disableAutoConnectorUpdate', 'true'])
    const after = await run(['policy', 'show', '--json'])

    expect(before.stdout).toMatch(/disableAutoConnectorUpdate +false +nobody/)
    expect(set.stdout).toMatch(/disableAutoConnectorUpdate +true +the API/)
    expect(JSON.parse(after.stdout)).toEqual({ disableAutoConnectorUpdate: true, forbiddenBy: ['api'] })
  })

  test.each([
    [['set', 'disableUpdates', 'true'], 'must be disableAutoConnectorUpdate'],
    [['set', 'disableAutoConnectorUpdate', 'yes'], 'must be true or false'],
  ])('refuses %j', async (args, told) => {
    const { run } = await open()

    const { stderr, exitCode } = await run(['policy', ...args])

    expect([stderr, exitCode]).toEqual([expect.stringContaining(told), 2])
  })
})
