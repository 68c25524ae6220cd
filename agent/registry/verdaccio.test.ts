import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createInstallBench, type InstallBench, installFrom, partsFor } from '../test/packages.ts'
import { connectorSource, type TestRelease, testLoader, testTrust, writeRelease } from '../test/release.ts'
import { openTestSupply } from '../test/supply.ts'
import { startVerdaccio, type Verdaccio } from '../test/verdaccio.ts'
import { packFiles, packRelease } from './archive.ts'
import { createNpmRegistry } from './npm-registry.ts'
import { publish } from './publish.ts'
import type { Registry } from './registry.ts'
import { generateKeys, readPrivateKey } from './signature.ts'

let verdaccio: Verdaccio
let bench: InstallBench
/** Each test has a scope of its own, so nothing of another is in its way. */
let scope: string
let registry: Registry
beforeAll(async () => {
  verdaccio = await startVerdaccio()
})
afterAll(() => verdaccio.close())
beforeEach(async () => {
  bench = await createInstallBench()
  scope = `@t${randomBytes(6).toString('hex')}`
  registry = registryWith(verdaccio.token)
})
afterEach(() => bench.close())

const signal = new AbortController().signal
const small = { name: 'small', version: '1.0.0' }

function registryWith(token: string | undefined): Registry {
  return createNpmRegistry({ url: verdaccio.url, scope, token, timeoutMs: 10_000, maxPackageBytes: 50e6 })
}

/** Publishes a release of `small` as its author would. */
async function publishRelease(release: Partial<TestRelease>, tag = 'latest', token = verdaccio.token): Promise<string> {
  const file = await bench.offer({ ...small, packageName: `${scope}/small`, ...release })
  return publish(file, { registry: verdaccio.url, token, tag }, signal)
}

/** Puts a release there that no honest author could publish. */
async function putRelease(release: Partial<TestRelease>): Promise<void> {
  const folder = await writeRelease(join(bench.packages, 'x'), { ...small, ...release })
  await verdaccio.put(`${scope}/small`, release.version ?? small.version, await packRelease(folder))
}

async function channels(): Promise<readonly (readonly [string, readonly string[]])[]> {
  return (await registry.available('small', signal)).map(each => [each.version, each.channels] as const)
}

async function refusal(): Promise<string> {
  const message = await installFrom(registry, partsFor(bench.directory)).then(
    () => 'installed',
    failure => `${failure.code}: ${failure.message}`,
  )
  expect(await bench.contents()).toEqual(['small/0.9.0'])
  expect((await testLoader(bench.directory).load('small')).connector.version).toBe('0.9.0')
  return message
}

describe('with Verdaccio as the registry', () => {
  test('what was published is listed and installed, and loads', async () => {
    await publishRelease({})

    const [offer] = await registry.available('small', signal)
    const release = await installFrom(registry, partsFor(bench.directory))

    expect(offer).toMatchObject({ ...small, channels: ['latest'], integrity: expect.stringMatching(/^sha512-/) })
    expect(release).toMatchObject(small)
    expect(await bench.contents()).toEqual(['small/1.0.0'])
    expect((await testLoader(bench.directory).load('small')).signature.tag).toBe('trusted')
  })

  test('a newer version appears and is installed beside the old one', async () => {
    await publishRelease({})
    await installFrom(registry, partsFor(bench.directory))
    expect(await channels()).toEqual([['1.0.0', ['latest']]])

    await publishRelease({ version: '1.1.0' })

    expect(await channels()).toEqual([
      ['1.1.0', ['latest']],
      ['1.0.0', []],
    ])
    await installFrom(registry, partsFor(bench.directory))
    expect(await bench.contents()).toEqual(['small/1.0.0', 'small/1.1.0'])
  })

  test('a dist-tag is a channel', async () => {
    await publishRelease({})

    await publishRelease({ version: '2.0.0-rc.1' }, 'beta')

    expect(await channels()).toEqual([
      ['2.0.0-rc.1', ['beta']],
      ['1.0.0', ['latest']],
    ])
  })

  test('a version is never published twice', async () => {
    await publishRelease({})

    await expect(publishRelease({ source: `${connectorSource('small', '1.0.0')}// other` })).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
      message: `registry ${verdaccio.url}: ${scope}/small 1.0.0 is published already`,
    })
  })

  test.each([
    ['a wrong token', 'planted-wrong-token'],
    ['no token', undefined],
  ])('%s is refused with registry, package and status, and is not repeated', async (_what, token) => {
    await publishRelease({})

    const failure = await registryWith(token)
      .available('small', signal)
      .catch(thrown => thrown)

    expect(failure).toMatchObject({
      code: 'REGISTRY_REFUSED',
      message: expect.stringMatching(`^registry ${verdaccio.url}: answers 401 for ${scope}/small: `),
    })
    expect(JSON.stringify([failure, failure.message, failure.stack])).not.toContain('planted')
  })

  test('a connector that is not there has no releases', async () => {
    expect(await registry.available('missing', signal)).toEqual([])
  })

  test('installs of the same release at the same time all succeed', async () => {
    await publishRelease({})

    await Promise.all([1, 2, 3].map(() => installFrom(registry, partsFor(bench.directory))))

    expect(await bench.contents()).toEqual(['small/1.0.0'])
  })

  test('an install that is killed leaves the old release, and the next one succeeds', async () => {
    scope = '@test'
    registry = registryWith(verdaccio.token)
    await publishRelease({})
    await writeRelease(bench.directory, { name: 'small', version: '0.9.0' })
    const { url, token } = verdaccio
    const order = { registry: url, token, directory: bench.directory, trust: testTrust, stopAt: 'downloaded' }
    const entry = join(import.meta.dirname, '..', 'test', 'install-process.js')
    const child = spawn(process.execPath, [entry, JSON.stringify(order)], {
      env: {},
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = new Promise(resolve => child.once('exit', resolve))
    for await (const line of createInterface(child.stdout)) if (line === 'downloaded') break
    child.kill('SIGKILL')
    await ended

    expect((await testLoader(bench.directory).load('small')).connector.version).toBe('0.9.0')
    await installFrom(registry, partsFor(bench.directory))
    expect(await bench.contents()).toEqual(['small/0.9.0', 'small/1.0.0'])
  })
})

describe('from Verdaccio is refused, and the old release goes on:', () => {
  beforeEach(async () => {
    await writeRelease(bench.directory, { name: 'small', version: '0.9.0' })
  })

  test('a package that was changed in the storage of the registry', async () => {
    await publishRelease({})
    const folder = join(verdaccio.storage, scope, 'small')
    const [archive = ''] = (await readdir(folder)).filter(name => name.endsWith('.tgz'))
    const bytes = await readFile(join(folder, archive))
    bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20)
    await writeFile(join(folder, archive), bytes)

    expect(await refusal()).toBe(
      `DOWNLOAD_DAMAGED: connector small 1.0.0: integrity of the package does not match what registry ${verdaccio.url} announced`,
    )
  })

  test('a package whose files are not those that were signed', async () => {
    await putRelease({ files: listed => listed.map(each => ({ ...each, sha512: '0'.repeat(128) })) })

    expect(await refusal()).toBe('CONNECTOR_INVALID: connector small 1.0.0: integrity of index.js does not match')
  })

  test('a package with another signature', async () => {
    await putRelease({ key: readPrivateKey(generateKeys().privateKey, 'a key') })

    expect(await refusal()).toMatch(
      /^CONNECTOR_UNTRUSTED: .* which is not trusted; when you trust its author, add the key/,
    )
  })

  test('a package of another connector', async () => {
    await putRelease({ manifest: { name: 'other' } })

    expect(await refusal()).toBe('CONNECTOR_INVALID: connector small 1.0.0: says it is other 1.0.0')
  })

  test('a zip bomb', async () => {
    const bomb = packFiles([{ path: 'zeros', contents: Buffer.alloc(40e6) }], 'x')
    await verdaccio.put(`${scope}/small`, '1.0.0', bomb)

    expect(await refusal()).toBe('CONNECTOR_INVALID: connector small 1.0.0: unpacks to more than 200 times its size')
  })

  test('a broken newer release', async () => {
    await publishRelease({ source: 'throw new Error("broken")' })

    expect(await refusal()).toBe(
      'CONNECTOR_INVALID: connector small 1.0.0: does not pass the smoke test: connector small 1.0.0: cannot be imported: broken',
    )
  })
})

test('a Verdaccio that is gone is not available', async () => {
  const other = await startVerdaccio()
  await other.close()
  const gone = createNpmRegistry({ url: other.url, scope, token: 'x', timeoutMs: 5_000, maxPackageBytes: 1e6 })

  await expect(gone.available('small', signal)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' })
})

describe('runs, with Verdaccio as the registry', () => {
  test('take what is published on the channel, and stay when the dist-tag goes back', async () => {
    const { versionFor, lines } = openTestSupply(bench, { registry })
    await publishRelease({})
    const first = await versionFor()
    await publishRelease({ version: '1.1.0' })
    const second = await versionFor()

    await publishRelease({ version: '1.0.5' })

    expect([first, second, await versionFor()]).toEqual(['1.0.0', '1.1.0', '1.1.0'])
    expect(lines.at(-1)).toEqual([
      'warn',
      'no newer connector release; the installed one is used',
      { connector: 'small', error: 'connector small 1.0.5 is older than 1.1.0, which was trusted before' },
    ])
  })

  test('stay on the old release when a newer one is broken, until there is a better one', async () => {
    const { versionFor, state } = openTestSupply(bench, { registry })
    await publishRelease({})
    await versionFor()
    await publishRelease({ version: '1.1.0', source: 'throw new Error("broken")' })
    const whileBroken = await versionFor()
    const { quarantined } = await state.of('small')

    await publishRelease({ version: '1.1.1' })

    expect([whileBroken, await versionFor()]).toEqual(['1.0.0', '1.1.1'])
    expect(quarantined).toMatchObject([{ version: '1.1.0', reason: expect.stringContaining('broken') }])
  })
})
