import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { InstalledRelease } from '../../api/control.ts'
import { type CliTest, openCliTest } from '../cli-test.ts'

let cli: CliTest
const damaged: InstalledRelease = {
  name: 'small',
  version: '1.0.0',
  hash: '0123456789ab',
  directory: '/releases/small',
  verified: false,
  problem: 'connector small 1.0.0: size of index.js does not match',
  active: false,
}
beforeEach(async () => {
  cli = await openCliTest()
})
afterEach(() => cli.close())

const connectors = (...args: readonly string[]) => cli.run(['connectors', ...args])

describe('agent connectors', () => {
  test('show tells what is in use, offered and quarantined', async () => {
    const { stdout } = await connectors('show', 'bigcommerce')

    expect(stdout).toMatch(/in use +0\.1\.0/)
    expect(stdout).toMatch(/in the registry +0\.1\.0/)
    expect(stdout).toMatch(/QUARANTINED 0\.2\.0 +crashed/)
    expect(stdout).toContain('in use; verified, signed with fedcba9876543210')
  })

  test('show of a connector that is not there fails', async () => {
    const { stderr, exitCode } = await connectors('show', 'none')

    expect([stderr, exitCode]).toEqual([expect.stringContaining('connector none is not installed'), 1])
  })

  test.each([
    [['update', 'bigcommerce'], 'bigcommerce 0.1.0 is installed already; new runs use it\n'],
    [
      ['update', 'bigcommerce', '--version', '0.0.9'],
      'bigcommerce 0.0.9 is installed, but new runs use 0.1.0, as 0.1.0 is newer; see `agent connectors pin` and `rollback`\n',
    ],
    [['pin', 'bigcommerce', '0.1.x'], 'bigcommerce is pinned to 0.1.x; new runs use 0.1.0\n'],
    [['unpin', 'bigcommerce'], 'bigcommerce is not pinned; new runs use 0.1.0\n'],
  ])('%j says %j', async (args, text) => {
    expect((await connectors(...args)).stdout).toBe(text)
  })

  test('update of a quarantined version is refused with what to do', async () => {
    const { stderr, exitCode } = await connectors('update', 'bigcommerce', '--version', '0.2.0')

    expect(stderr).toContain('CONNECTOR_QUARANTINED: connector bigcommerce 0.2.0 is quarantined: crashed')
    expect(stderr).toContain('--force')
    expect(exitCode).toBe(1)
  })

  test('update --force takes it', async () => {
    const { stdout } = await connectors('update', 'bigcommerce', '--version', '0.2.0', '--force')

    expect(stdout).toContain('bigcommerce 0.2.0 is installed')
  })

  test('rollback without anything to go back to fails', async () => {
    const { stderr, exitCode } = await connectors('rollback', 'bigcommerce')

    expect([stderr, exitCode]).toEqual([expect.stringContaining('no release to go back to from 0.1.0'), 1])
  })

  test('verify is content when every release is as it was signed', async () => {
    const { stdout, exitCode } = await connectors('verify')

    expect([stdout, exitCode]).toEqual([expect.stringContaining('1 checked, 0 refused'), 0])
  })

  test('verify fails when one is not', async () => {
    await cli.close()
    cli = await openCliTest({ connectors: async () => [damaged] })

    const { stdout, exitCode } = await connectors('verify')

    expect(stdout).toContain('REFUSED: connector small 1.0.0: size of index.js does not match')
    expect([stdout, exitCode]).toEqual([expect.stringContaining('1 checked, 1 refused'), 1])
  })
})
