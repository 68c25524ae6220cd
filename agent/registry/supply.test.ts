import { mkdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { poll } from '../test/agent-process.ts'
import { createInstallBench, type InstallBench } from '../test/packages.ts'
import { writeRelease } from '../test/release.ts'
import { openTestSupply } from '../test/supply.ts'
import { createNpmRegistry } from './npm-registry.ts'

let bench: InstallBench
let server: Server | undefined
beforeEach(async () => {
  bench = await createInstallBench()
})
afterEach(async () => {
  server?.close()
  server = undefined
  await bench.close()
})

const offer = (version: string) => bench.offer({ name: 'small', version })
const install = (version: string, changes: object = {}) =>
  writeRelease(bench.directory, { name: 'small', version, ...changes })

/** A registry that takes every connection and never says a word. */
async function silentRegistry() {
  let connections = 0
  const sockets = new Set<{ destroy(): void }>()
  const started = createServer(socket => {
    connections += 1
    sockets.add(socket)
    // The other end goes away when the test is over.
    socket.on('error', () => undefined)
  })
  server = started
  await new Promise<void>(resolve => started.listen(0, '127.0.0.1', resolve))
  const address = started.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const registry = createNpmRegistry({
    url: `http://127.0.0.1:${port}`,
    scope: '@test',
    token: undefined,
    timeoutMs: 60_000,
    maxPackageBytes: 1e6,
  })
  const hangUp = () => {
    for (const socket of sockets) socket.destroy()
  }
  return { registry, connections: () => connections, hangUp }
}

describe('forRun', () => {
  test('takes a newer release as soon as the registry has it', async () => {
    await install('1.0.0')
    const { versionFor, changes, lines } = openTestSupply(bench)
    expect(await versionFor()).toBe('1.0.0')

    await offer('1.1.0')

    expect(await versionFor()).toBe('1.1.0')
    expect(await changes()).toEqual([
      { action: 'activated', connector: 'small', version: '1.0.0', by: 'run' },
      { action: 'installed', connector: 'small', version: '1.1.0', by: 'run' },
      { action: 'activated', connector: 'small', version: '1.1.0', from: '1.0.0', by: 'run' },
    ])
    expect(lines.at(-1)).toEqual([
      'info',
      'connector release in use',
      { connector: 'small', version: '1.1.0', previous: '1.0.0' },
    ])
  })

  test('does not ask again before the interval is over', async () => {
    await install('1.0.0')
    const { versionFor } = openTestSupply(bench, { checkIntervalMs: 60_000 })
    await versionFor()

    await offer('1.1.0')

    expect(await versionFor()).toBe('1.0.0')
  })

  test('does not ask again before the interval is over when the agent has started anew', async () => {
    await install('1.0.0')
    await openTestSupply(bench, { checkIntervalMs: 60_000 }).versionFor()
    await offer('1.1.0')

    expect(await openTestSupply(bench, { checkIntervalMs: 60_000 }).versionFor()).toBe('1.0.0')
  })

  test('asks for the range of a connection on its own', async () => {
    await install('2.0.0')
    await offer('1.4.2')
    const { versionFor } = openTestSupply(bench, { checkIntervalMs: 60_000 })

    expect([await versionFor(), await versionFor('1.4.x')]).toEqual(['2.0.0', '1.4.2'])
  })

  test('waits less than a second for a registry that is silent, and goes on with what is installed', async () => {
    await install('1.0.0')
    const { registry, connections, hangUp } = await silentRegistry()
    const { versionFor, lines } = openTestSupply(bench, { registry, patienceMs: undefined })

    const startedAt = performance.now()
    const version = await versionFor()
    const tookMs = performance.now() - startedAt
    hangUp()
    // The check goes on by itself, and tells how it ended.
    await poll(
      async () => lines.filter(([level]) => level === 'warn').length,
      count => count === 1,
    )

    expect(version).toBe('1.0.0')
    expect(connections()).toBe(1)
    expect(tookMs).toBeLessThan(1_000)
  })

  test('goes on when the registry is away, and tells it once', async () => {
    await install('1.0.0')
    await rm(bench.packages, { recursive: true })
    const { versionFor, lines } = openTestSupply(bench)

    expect([await versionFor(), await versionFor()]).toEqual(['1.0.0', '1.0.0'])
    const warnings = lines.filter(([level]) => level === 'warn')
    expect(warnings).toEqual([
      [
        'warn',
        'no newer connector release; the installed one is used',
        { connector: 'small', error: expect.stringContaining('ENOENT') },
      ],
    ])
  })

  test('waits for a release when none is installed', async () => {
    await offer('1.0.0')

    expect(await openTestSupply(bench, { patienceMs: 0 }).versionFor()).toBe('1.0.0')
  })

  test('tells why none could be fetched when none is installed', async () => {
    await bench.offer({ name: 'small', version: '1.0.0', key: undefined })

    await expect(openTestSupply(bench).versionFor()).rejects.toMatchObject({
      code: 'CONNECTOR_NOT_FOUND',
      message: expect.stringMatching(
        /^connector small is not installed \(installed: none\); connector small 1.0.0 is not/,
      ),
    })
  })

  test.each<readonly [string, object, string]>([
    ['untrusted', { key: undefined }, 'connector small 1.1.0 is not signed; install a signed release'],
    ['made for other agents', { manifest: { agent: '^2' } }, 'works with agents ^2, and this agent is 1.2.3'],
  ])('falls back to an older release when the newest is %s, and says so', async (_what, changes, reason) => {
    await install('1.0.0')
    await install('1.1.0', changes)
    const { versionFor, lines } = openTestSupply(bench)

    expect(await versionFor()).toBe('1.0.0')
    expect(lines.find(([level]) => level === 'warn')).toMatchObject([
      'warn',
      'newest connector release is not used; an older one is',
      { connector: 'small', version: '1.1.0', error: expect.stringContaining(reason) },
    ])
  })

  test('goes on where nothing can be written down, and tells that once', async () => {
    await install('1.0.0')
    // In the place of the lock, so that no change can be made.
    await mkdir(join(bench.directory, '.state.lock'))
    const { versionFor, lines } = openTestSupply(bench)

    expect([await versionFor(), await versionFor()]).toEqual(['1.0.0', '1.0.0'])
    const warnings = lines.filter(([level]) => level === 'warn')
    expect(warnings).toEqual([
      [
        'warn',
        'use of a connector release not recorded',
        { connector: 'small', version: '1.0.0', error: expect.stringContaining('state.json cannot be written') },
      ],
    ])
  })

  test('makes no request at all when the policy forbids it', async () => {
    await install('1.0.0')
    const { registry, connections } = await silentRegistry()
    const { versionFor, supply, updater } = openTestSupply(bench, { registry, isOff: true })

    await supply.beforeTest('small', undefined)
    expect(await versionFor()).toBe('1.0.0')
    await expect(versionFor('^2')).rejects.toMatchObject({
      code: 'CONNECTOR_NOT_FOUND',
      message:
        'connector small ^2 is not installed (installed: 1.0.0); ' +
        'the policy disableAutoConnectorUpdate forbids to ask the registry for one',
    })
    await expect(updater.check('small', { by: 'operator' })).rejects.toMatchObject({
      code: 'CONNECTOR_UPDATE_OFF',
      message: 'connector small: the policy disableAutoConnectorUpdate is on, so no registry is asked',
    })
    expect(connections()).toBe(0)
  })
})

describe('refused', () => {
  const broken = 'connector small 1.1.0: cannot be imported: no'

  test('quarantines a release that a runner cannot load, so that runs go back', async () => {
    await install('1.0.0')
    await install('1.1.0')
    const { supply, versionFor, changes, lines } = openTestSupply(bench)
    expect(await versionFor()).toBe('1.1.0')

    await supply.refused({ name: 'small', version: '1.1.0' }, 'CONNECTOR_INVALID', broken)

    expect(await versionFor()).toBe('1.0.0')
    expect((await changes()).slice(1)).toEqual([
      { action: 'quarantined', connector: 'small', version: '1.1.0', by: 'watch', reason: broken },
      { action: 'activated', connector: 'small', version: '1.0.0', from: '1.1.0', by: 'watch' },
      { action: 'rolled-back', connector: 'small', version: '1.0.0', from: '1.1.0', by: 'watch', reason: broken },
    ])
    expect(lines.at(-1)).toEqual([
      'warn',
      'connector release rolled back',
      { connector: 'small', version: '1.0.0', previous: '1.1.0', reason: broken },
    ])
  })

  test('does not quarantine what was damaged since: the registry may have it whole', async () => {
    await install('1.0.0')
    const damaged = await install('1.1.0')
    const { supply, versionFor, state } = openTestSupply(bench)
    await versionFor()
    await writeFile(join(damaged, 'index.js'), 'damaged')

    await supply.refused({ name: 'small', version: '1.1.0' }, 'CONNECTOR_INVALID', broken)

    expect((await state.of('small')).active['test-agent']).toMatchObject({ version: '1.0.0', previous: '1.1.0' })
    expect((await state.of('small')).quarantined).toEqual([])
    expect(await versionFor()).toBe('1.0.0')
  })

  test('leaves a release alone that is pinned', async () => {
    await install('1.0.0')
    await install('1.1.0')
    const { supply, versionFor, state } = openTestSupply(bench)
    await state.change('small', memory => ({ ...memory, pin: '1.1.0' }))

    await supply.refused({ name: 'small', version: '1.1.0' }, 'CONNECTOR_INVALID', broken)

    expect(await versionFor()).toBe('1.1.0')
  })

  test('leaves the only release alone', async () => {
    await install('1.1.0')
    const { supply, versionFor } = openTestSupply(bench)

    await supply.refused({ name: 'small', version: '1.1.0' }, 'CONNECTOR_INVALID', broken)

    expect(await versionFor()).toBe('1.1.0')
  })
})

describe('old releases', () => {
  const versions = ['1.0.0', '1.1.0', '1.2.0', '1.3.0', '1.4.0', '1.5.0']

  test('are removed after an update, but for those in use, pinned or asked for', async () => {
    for (const version of versions) await install(version)
    const { versionFor, changes } = openTestSupply(bench, {
      inUse: () => new Set(['small 1.0.0']),
      rangesOf: async () => ['1.1.x'],
    })

    await versionFor()

    expect(await bench.contents()).toEqual(['small/1.0.0', 'small/1.1.0', 'small/1.3.0', 'small/1.4.0', 'small/1.5.0'])
    expect(await changes()).toContainEqual({
      action: 'removed',
      connector: 'small',
      version: '1.2.0',
      by: 'keepReleases',
    })
  })

  test('leave no trace in the quarantine', async () => {
    for (const version of versions) await install(version)

    await openTestSupply(bench, { keepReleases: 1 }).versionFor()

    expect(await bench.contents()).toEqual(['small/1.5.0'])
  })
})
