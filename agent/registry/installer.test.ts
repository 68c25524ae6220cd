import { createHash } from 'node:crypto'
import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Header, type HeaderData } from 'tar'
import { createInstallBench, type InstallBench, partsFor } from '../test/packages.ts'
import { connectorSource, testKey, testLoader, testTrust, writeRelease } from '../test/release.ts'
import { packRelease, usualCaps } from './archive.ts'
import { type InstallStep, install } from './installer.ts'
import { generateKeys, readPrivateKey } from './signature.ts'

let bench: InstallBench
beforeEach(async () => {
  bench = await createInstallBench()
})
afterEach(() => bench.close())

const small = { name: 'small', version: '1.0.0' }
const good = connectorSource('small', '1.0.0')

/** An archive of one entry after the other, as nobody honest would pack it. */
function archiveOf(...entries: readonly { readonly facts: HeaderData; readonly contents: Buffer }[]): Buffer {
  const blocks = entries.flatMap(({ facts, contents }) => {
    const block = Buffer.alloc(512)
    new Header({ type: 'File', mode: 0o644, mtime: new Date(0), size: contents.length, ...facts }).encode(block)
    return [block, contents, Buffer.alloc(-contents.length & 511)]
  })
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1_024)]))
}

describe('install', () => {
  test('leaves a whole release that loads, and nothing else', async () => {
    await bench.offer(small)

    const release = await bench.install()

    expect(await bench.contents()).toEqual(['small/1.0.0'])
    expect(release).toMatchObject(small)
    const { connector, signature } = await testLoader(bench.directory).load('small')
    expect([connector.version, signature.tag]).toEqual(['1.0.0', 'trusted'])
  })

  test('installs newer releases beside the old ones', async () => {
    await bench.offer(small)
    await bench.install()
    await bench.offer({ name: 'small', version: '1.1.0' })

    await bench.install()

    expect(await bench.contents()).toEqual(['small/1.0.0', 'small/1.1.0'])
  })

  test('changes nothing when the release is there already, and does not try it again', async () => {
    await bench.offer(small)
    const first = await bench.install()
    const steps: InstallStep[] = []

    const second = await bench.install({ onStep: step => void steps.push(step) })

    expect(second).toEqual(first)
    expect(steps).toEqual(['begun', 'downloaded', 'unpacked', 'verified'])
  })

  test('replaces a release that is damaged', async () => {
    await bench.offer(small)
    const { directory } = await bench.install()
    await appendFile(join(directory, 'index.js'), '// changed')

    await bench.install()

    expect(await readFile(join(directory, 'index.js'), 'utf8')).toBe(good)
    expect(await bench.contents()).toEqual(['small/1.0.0'])
  })

  test('replaces a release of the same files that is not trusted', async () => {
    await writeRelease(bench.directory, { ...small, key: undefined })
    await bench.offer(small)

    const release = await bench.install()

    expect((await testLoader(bench.directory).verify(release)).signature.tag).toBe('trusted')
  })

  test('replaces a file that lies in the place of the release', async () => {
    await bench.offer(small)
    const { directory } = await bench.install()
    await rm(directory, { recursive: true })
    await writeFile(directory, 'no folder')

    await bench.install()

    expect((await testLoader(bench.directory).load('small')).connector.version).toBe('1.0.0')
  })

  test('stops when it is told to, with the reason, and leaves nothing', async () => {
    await bench.offer({ ...small, source: 'setInterval(() => 0, 1000); await new Promise(() => 0)' })
    const abort = new AbortController()
    const stopping = bench.install({
      signal: abort.signal,
      onStep: step => {
        if (step === 'verified') setTimeout(() => abort.abort(new Error('enough')), 300)
      },
    })

    await expect(stopping).rejects.toThrow('enough')
    expect(await bench.contents()).toEqual([])
  })
})

describe('an attack', () => {
  /** What the operator reads, and what is left in the releases directory, where 0.9.0 was installed before. */
  async function refusal(changes: Parameters<InstallBench['install']>[0] = {}): Promise<string> {
    const [failure] = await Promise.allSettled([bench.install(changes, '1.0.0')])
    if (failure.status === 'fulfilled') throw new Error('it was installed')
    expect(await bench.contents()).toEqual(['small/0.9.0'])
    expect((await testLoader(bench.directory).load('small')).connector.version).toBe('0.9.0')
    return `${failure.reason.code}: ${failure.reason.message}`
  }
  beforeEach(async () => {
    await writeRelease(bench.directory, { name: 'small', version: '0.9.0' })
  })

  test('with a file that was changed after signing is refused', async () => {
    await bench.offer({
      ...small,
      files: listed => listed.map(each => ({ ...each, sha512: createHash('sha512').update(each.path).digest('hex') })),
    })

    expect(await refusal()).toBe('CONNECTOR_INVALID: connector small 1.0.0: integrity of index.js does not match')
  })

  test('with a manifest that was changed after signing is refused', async () => {
    const folder = await writeRelease(join(bench.packages, 'x'), small)
    const manifest = JSON.parse(await readFile(join(folder, 'connector.json'), 'utf8'))
    await writeFile(join(folder, 'connector.json'), JSON.stringify({ ...manifest, agent: '*' }))
    await bench.offerBytes('small', '1.0.0', await packRelease(folder))

    expect(await refusal()).toMatch(
      /^CONNECTOR_UNTRUSTED: connector small 1.0.0 has a signature of key \w+ that does not/,
    )
  })

  test('signed with a key that nobody trusts is refused', async () => {
    const { privateKey } = generateKeys()
    await bench.offer({ ...small, key: readPrivateKey(privateKey, 'a key') })

    expect(await refusal()).toMatch(
      /^CONNECTOR_UNTRUSTED: connector small 1.0.0 is signed with key \w+, which is not trust/,
    )
  })

  test('without a signature is refused', async () => {
    await bench.offer({ ...small, key: undefined })

    expect(await refusal()).toMatch(
      /^CONNECTOR_UNTRUSTED: connector small 1.0.0 is not signed; install a signed release/,
    )
  })

  test('signed with a key that was revoked is refused', async () => {
    await bench.offer({ ...small, key: testKey })
    const keys = testTrust.keys.map(key => ({ ...key, revoked: true }))

    expect(await refusal({ trust: { keys, allowUnsigned: true } })).toMatch(
      /^CONNECTOR_UNTRUSTED: connector small 1.0.0 is signed with key \w+, which has been revoked/,
    )
  })

  test('on the way, so that the package is not the one that was announced, is refused', async () => {
    await bench.offer(small)
    const [offer] = await bench.registry.available('small', partsFor(bench.directory).signal)
    if (offer === undefined) throw new Error('no offer')
    const integrity = `sha512-${createHash('sha512').update('another').digest('base64')}`

    await expect(install({ ...offer, integrity }, bench.registry, partsFor(bench.directory))).rejects.toMatchObject({
      code: 'DOWNLOAD_DAMAGED',
      message: `connector small 1.0.0: integrity of the package does not match what registry ${bench.packages} announced`,
    })
    expect(await bench.contents()).toEqual(['small/0.9.0'])
  })

  test('with a zip bomb is refused before it fills the disk', async () => {
    const bomb = archiveOf({ facts: { path: 'package/zeros' }, contents: Buffer.alloc(40e6) })
    await bench.offerBytes('small', '1.0.0', bomb)

    expect(await refusal()).toBe('CONNECTOR_INVALID: connector small 1.0.0: unpacks to more than 200 times its size')
    expect(await refusal({ caps: { ...usualCaps, unpackedBytes: 500_000 } })).toBe(
      'CONNECTOR_INVALID: connector small 1.0.0: unpacks to more than 500000 bytes',
    )
  })

  test.each([
    ['../../evil.js', 'names a file outside itself: "../../evil.js"'],
    ['/etc/evil.js', 'names a file outside itself: "/etc/evil.js"'],
    ['package/../../../evil.js', 'names a file outside itself: "../../../evil.js"'],
  ])('with the path %s is refused', async (path, problem) => {
    await bench.offerBytes('small', '1.0.0', archiveOf({ facts: { path }, contents: Buffer.from('evil') }))

    expect(await refusal()).toBe(`CONNECTOR_INVALID: connector small 1.0.0: ${problem}`)
    expect((await readdir(join(bench.directory, '..'), { recursive: true })).filter(each => /evil/.test(each))).toEqual(
      [],
    )
  })

  test('with a link is refused', async () => {
    const facts = { path: 'package/index.js', type: 'SymbolicLink', linkpath: '/etc/passwd' } as const
    await bench.offerBytes('small', '1.0.0', archiveOf({ facts, contents: Buffer.alloc(0) }))

    expect(await refusal()).toMatch(/^CONNECTOR_INVALID: connector small 1.0.0: holds a SymbolicLink/)
  })

  test.each([
    [{ name: 'other' }, 'says it is other 1.0.0'],
    [{ version: '0.1.0' }, 'says it is small 0.1.0'],
  ])('under a name or number that is not its own (%j) is refused', async (manifest, problem) => {
    await bench.offer({ ...small, manifest })

    expect(await refusal()).toBe(`CONNECTOR_INVALID: connector small 1.0.0: ${problem}`)
  })

  test('or a mistake with a release for other agents is refused, and both versions are named', async () => {
    await bench.offer({ ...small, manifest: { agent: '>=2' } })

    expect(await refusal()).toBe(
      'CONNECTOR_INCOMPATIBLE: connector small 1.0.0 works with agents >=2, and this agent is 1.2.3',
    )
  })

  test('with install scripts has none of them run', async () => {
    const folder = await writeRelease(join(bench.packages, 'x'), small)
    await writeFile(join(folder, 'package.json'), '{"type":"module","scripts":{"postinstall":"touch /tmp/evil"}}')
    await bench.offerBytes('small', '1.0.0', await packRelease(folder))

    expect(await refusal()).toBe('CONNECTOR_INVALID: connector small 1.0.0: size of package.json does not match')
  })
})

describe('two installs of one release at the same time', () => {
  test('both succeed', async () => {
    await bench.offer(small)

    const found = await Promise.all([bench.install(), bench.install(), bench.install()])

    expect(new Set(found.map(({ directory }) => directory)).size).toBe(1)
    expect(await bench.contents()).toEqual(['small/1.0.0'])
  })

  test('both succeed when both have to replace what is there', async () => {
    await bench.offer(small)
    const { directory } = await bench.install()
    await rm(join(directory, 'index.js'))
    await mkdir(join(directory, 'index.js'))

    await Promise.all([bench.install(), bench.install()])

    expect((await testLoader(bench.directory).load('small')).connector.version).toBe('1.0.0')
    expect(await bench.contents()).toEqual(['small/1.0.0'])
  })
})
