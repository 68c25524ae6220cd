import { describe, expect, test } from '@jest/globals'
import { shareCliTests } from './cli-test.ts'

const open = shareCliTests()

const connector = 'org.jitterbit.connector.bigcommerce'

describe('loggers', () => {
  test('lists them with what their levels come from', async () => {
    const { run } = await open()

    const { stdout, exitCode } = await run(['loggers'])

    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^ROOT +INFO +logs\.level$/m)
    expect(stdout).toMatch(/^agent\.api +WARN +logback\.xml$/m)
    expect(stdout).toMatch(/^org\.jitterbit\.connector\.bigcommerce +INFO +ROOT, logs\.level$/m)
  })

  test('are set for a time on an agent and its group, and reset', async () => {
    const { run } = await open()

    const set = await run(['loggers', 'set', connector, 'debug', '--for', '30m'])
    const group = await run(['loggers', 'set', 'org.jitterbit', 'OFF', '--group', '--json'])
    const list = await run(['loggers', 'list'])
    const reset = await run(['loggers', 'reset', connector])
    const again = await run(['loggers', 'reset', connector])
    const whole = await run(['loggers', 'reset', 'org.jitterbit', '--group'])

    expect(set.stdout).toMatch(
      /^org\.jitterbit\.connector\.bigcommerce is at DEBUG until .{19} \(set on this agent\)\n$/,
    )
    expect(set.stderr).toBe('')
    expect(JSON.parse(group.stdout)).toMatchObject({ name: 'org.jitterbit', level: 'OFF', source: 'group' })
    expect(list.stdout).toMatch(/connector\.bigcommerce +DEBUG +set on this agent +20/)
    expect(list.stdout).toMatch(/connector\.variable +OFF +org\.jitterbit, set for the group +20/)
    expect(reset.stdout).toMatch(
      /^org\.jitterbit\.connector\.bigcommerce is at OFF until .{19} \(org\.jitterbit, set for the group\)/,
    )
    expect(again.stdout).toMatch(/^nothing was set there; org\.jitterbit\.connector\.bigcommerce is at OFF/)
    expect(whole.stdout).toBe('org.jitterbit is at INFO (ROOT, logs.level)\n')
  })

  test('tells when nothing listens to a name, and when what was set does not win', async () => {
    const { run } = await open()

    const unknown = await run(['loggers', 'set', 'org.jitterbit.conector', 'DEBUG'])
    await run(['loggers', 'set', connector, 'TRACE'])
    const beaten = await run(['loggers', 'set', connector, 'OFF', '--group'])

    expect(unknown.stderr).toContain('no logger of this agent is org.jitterbit.conector or below it')
    expect(beaten.stdout).toContain('is at TRACE')
    expect(beaten.stderr).toContain('was set to OFF, but what this agent was told wins')
  })

  test.each([
    [['set', connector, 'LOUD'], 'must be one of TRACE'],
    [['set', connector], "missing required argument 'level'"],
    [['set', connector, 'DEBUG', '--for', 'soon'], 'for "soon": must be a time like 90s, 30m, 2h or 3d, at most 30d'],
    [['set', connector, 'DEBUG', '--for', '31d'], 'at most 30d'],
    [['set', connector, 'DEBUG', '--for', '0s'], 'must be a time'],
    [['set', 'a..b', 'DEBUG'], '"a..b" is no name of a logger'],
    [['reset', 'a b'], '"a b" is no name of a logger'],
  ])('refuses %j', async (args, told) => {
    const { run } = await open()

    const { stderr, exitCode } = await run(['loggers', ...args])

    expect(stderr).toContain(told)
    expect(exitCode).toBe(2)
  })
})
