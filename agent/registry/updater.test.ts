import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createInstallBench, type InstallBench, partsFor } from '../test/packages.ts'
import { openTestSupply } from '../test/supply.ts'

let bench: InstallBench
beforeEach(async () => {
  bench = await createInstallBench()
})
afterEach(() => bench.close())

const offer = async (...versions: readonly string[]) => {
  for (const version of versions) await bench.offer({ name: 'small', version })
}

describe('check', () => {
  test('installs what the channel points at, once', async () => {
    await offer('1.0.0', '1.1.0', '1.2.0-rc.1')
    const { updater, state, changes } = openTestSupply(bench)

    const outcomes = [await updater.check('small', { by: 'run' }), await updater.check('small', { by: 'run' })]

    expect(outcomes).toEqual([
      { tag: 'installed', version: '1.1.0' },
      { tag: 'current', version: '1.1.0' },
    ])
    expect(await bench.contents()).toContain('small/1.1.0')
    expect(await state.of('small')).toMatchObject({ highestTrusted: '1.1.0', available: '1.1.0' })
    expect(await changes()).toEqual([{ action: 'installed', connector: 'small', version: '1.1.0', by: 'run' }])
  })

  test('takes another channel, with its prereleases', async () => {
    await offer('1.0.0', '1.2.0-rc.1')
    await writeFile(join(bench.packages, 'channels.json'), '{"small":{"beta":"1.2.0-rc.1"}}')

    const outcome = await openTestSupply(bench, { channel: 'beta' }).updater.check('small', { by: 'run' })

    expect(outcome).toEqual({ tag: 'installed', version: '1.2.0-rc.1' })
  })

  test('installs the newest of a range beside a newer one', async () => {
    await offer('1.4.1', '1.4.2', '2.0.0')
    const { updater } = openTestSupply(bench)
    await updater.check('small', { by: 'run' })

    const outcome = await updater.check('small', { range: '1.4.x', by: 'run' })

    expect(outcome).toEqual({ tag: 'installed', version: '1.4.2' })
  })

  test('keeps to the pin', async () => {
    await offer('1.4.1', '2.0.0')
    const { updater, state } = openTestSupply(bench)
    await state.change('small', memory => ({ ...memory, pin: '1.x' }))

    expect(await updater.check('small', { by: 'run' })).toEqual({ tag: 'installed', version: '1.4.1' })
  })

  test('finds nothing in a registry that has nothing', async () => {
    expect(await openTestSupply(bench).updater.check('small', { by: 'run' })).toEqual({ tag: 'none' })
  })

  test('waits for the maintenance window, unless the operator asks or nothing else can be used', async () => {
    await offer('1.0.0')
    const { updater } = openTestSupply(bench, {
      maintenanceWindow: '02:00-05:00',
      now: () => new Date('2026-11-25T12:00:00Z'),
    })

    expect(await updater.check('small', { by: 'run' })).toEqual({
      tag: 'waits',
      version: '1.0.0',
      reason: 'the maintenance window is 02:00-05:00 UTC',
    })
    expect(await updater.check('small', { by: 'run', isUrgent: true })).toMatchObject({ tag: 'installed' })
    await offer('1.1.0')
    expect(await updater.check('small', { by: 'operator' })).toMatchObject({ tag: 'installed', version: '1.1.0' })
  })

  test('replaces what is installed but damaged', async () => {
    await offer('1.0.0')
    const { updater } = openTestSupply(bench)
    await updater.check('small', { by: 'run' })
    const { directory } = await bench.install()
    await writeFile(join(directory, 'index.js'), 'damaged')

    expect(await updater.check('small', { by: 'run' })).toEqual({ tag: 'installed', version: '1.0.0' })
  })

  test('refuses a downgrade, unless the operator forces it', async () => {
    await offer('1.0.0')
    const { updater, state, changes } = openTestSupply(bench)
    await state.change('small', memory => ({ ...memory, highestTrusted: '1.2.0' }))

    await expect(updater.check('small', { by: 'run' })).rejects.toMatchObject({
      code: 'CONNECTOR_DOWNGRADE',
      message: 'connector small 1.0.0 is older than 1.2.0, which was trusted before',
    })
    await expect(updater.check('small', { version: '1.0.0', by: 'operator' })).rejects.toMatchObject({
      code: 'CONNECTOR_DOWNGRADE',
    })
    const forced = { version: '1.0.0', isForced: true, by: 'operator' } as const
    expect(await updater.check('small', forced)).toEqual({ tag: 'installed', version: '1.0.0' })
    expect(await state.of('small')).toMatchObject({ highestTrusted: '1.0.0' })
    expect(await changes()).toMatchObject([
      { action: 'refused', reason: expect.stringContaining('CONNECTOR_DOWNGRADE') },
      { action: 'installed', version: '1.0.0', by: 'operator' },
    ])
  })

  test('takes an older release when the trusted one failed here', async () => {
    await offer('1.0.1')
    const { updater, state } = openTestSupply(bench)
    const failure = { version: '1.1.0', reason: 'crashed', at: '2026-11-25T08:00:00.000Z' }
    await state.change('small', memory => ({ ...memory, highestTrusted: '1.1.0', quarantined: [failure] }))

    expect(await updater.check('small', { by: 'run' })).toEqual({ tag: 'installed', version: '1.0.1' })
  })

  test('quarantines a broken release and fetches it again only when the operator forces it', async () => {
    await bench.offer({ name: 'small', version: '1.0.0', source: 'throw new Error("broken")' })
    const { updater, state } = openTestSupply(bench)

    await expect(updater.check('small', { by: 'run' })).rejects.toMatchObject({ code: 'CONNECTOR_INVALID' })
    await expect(updater.check('small', { by: 'run' })).rejects.toMatchObject({
      code: 'CONNECTOR_QUARANTINED',
      message: expect.stringContaining('connector small 1.0.0 is quarantined: connector small 1.0.0'),
    })
    expect((await state.of('small')).quarantined).toMatchObject([{ version: '1.0.0' }])
    await offer('1.0.0')
    const forced = { version: '1.0.0', isForced: true, by: 'operator' } as const
    expect(await updater.check('small', forced)).toMatchObject({ tag: 'installed' })
    expect((await state.of('small')).quarantined).toEqual([])
  })

  test('fetches a package again that was not whole', async () => {
    await bench.offerBytes('small', '1.0.0', Buffer.from('half of it'))
    const { updater, state, changes } = openTestSupply(bench)
    await expect(updater.check('small', { by: 'run' })).rejects.toMatchObject({ code: 'CONNECTOR_INVALID' })

    await offer('1.0.0')

    expect(await updater.check('small', { by: 'run' })).toEqual({ tag: 'installed', version: '1.0.0' })
    expect(await state.of('small')).toMatchObject({ quarantined: [] })
    expect((await changes()).map(({ action }) => action)).toEqual(['refused', 'installed'])
  })

  test('does not quarantine what a busy machine could not test in time', async () => {
    await bench.offer({ name: 'small', version: '1.0.0', source: 'for (;;);' })
    const install = { ...partsFor(bench.directory), smokeTestMs: 500 }
    const { updater, state } = openTestSupply(bench, { install })

    await expect(updater.check('small', { by: 'run' })).rejects.toMatchObject({ code: 'SMOKE_TEST_TIMEOUT' })
    expect((await state.of('small')).quarantined).toEqual([])
  })

  test('tells a failure once in the agent log', async () => {
    await bench.offer({ name: 'small', version: '1.0.0', key: undefined })
    const { updater, lines, state } = openTestSupply(bench)

    for (const _ of [1, 2]) await expect(updater.check('small', { by: 'run' })).rejects.toThrow('is not signed')

    expect(lines).toHaveLength(1)
    expect(lines[0]).toEqual([
      'warn',
      'no newer connector release; the installed one is used',
      { connector: 'small', error: expect.stringContaining('connector small 1.0.0 is not signed') },
    ])
    expect((await state.of('small')).problem).toMatchObject({ code: 'CONNECTOR_UNTRUSTED' })
  })

  test('names what there is when a version is not offered', async () => {
    await offer('1.0.0', '1.1.0')

    await expect(
      openTestSupply(bench).updater.check('small', { version: '9.0.0', by: 'operator' }),
    ).rejects.toMatchObject({
      code: 'CONNECTOR_NOT_FOUND',
      message: 'the registry has no version 9.0.0 of it (it has: 1.1.0, 1.0.0)',
    })
  })
})
