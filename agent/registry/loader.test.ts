import { appendFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { connectorSource, testAgentVersion, testLoader, testTrust, writeRelease } from '../test/release.ts'
import { createLoader } from './loader.ts'
import type { Manifest } from './manifest.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'releases-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const small = { name: 'small', version: '1.0.0' }

describe('installed', () => {
  test('lists releases by name, the newest first, whatever else lies there', async () => {
    for (const version of ['1.9.0', '1.10.0', '1.10.0-rc.1']) await writeRelease(directory, { name: 'small', version })
    await writeRelease(directory, { name: 'big', version: '0.1.0' })
    for (const stray of ['small/1.0.0', 'small/new-0123456789ab', 'small/2.0.0-xyz'])
      await mkdir(join(directory, stray))
    await writeFile(join(directory, 'README.md'), 'not a release')

    const found = await testLoader(directory).installed()

    expect(found.map(({ name, version }) => `${name} ${version}`)).toEqual([
      'big 0.1.0',
      'small 1.10.0',
      'small 1.10.0-rc.1',
      'small 1.9.0',
    ])
  })

  test('takes a directory that is not there for an empty one', async () => {
    expect(await testLoader(join(directory, 'missing')).installed()).toEqual([])
  })
})

describe('load', () => {
  test.each([
    [undefined, '2.0.0'],
    ['1.x', '1.10.0'],
    ['1.9.0', '1.9.0'],
    ['<1.10', '1.9.0'],
  ])('with the range %s chooses %s', async (range, version) => {
    for (const each of ['1.9.0', '2.0.0', '1.10.0']) await writeRelease(directory, { name: 'small', version: each })

    const { connector, release } = await testLoader(directory).load('small', range)

    expect([connector.version, release.version]).toEqual([version, version])
  })

  test('keeps two releases of a connector in memory side by side', async () => {
    await writeRelease(directory, small)
    await writeRelease(directory, { name: 'small', version: '1.1.0' })
    const loader = testLoader(directory)

    const [old, current] = await Promise.all([loader.load('small', '1.0.0'), loader.load('small')])

    expect([old.connector.version, current.connector.version]).toEqual(['1.0.0', '1.1.0'])
  })

  test('prefers the first of its directories where both hold a version', async () => {
    const own = join(directory, 'own')
    const shipped = join(directory, 'shipped')
    await writeRelease(shipped, small)
    await writeRelease(own, { ...small, source: `${connectorSource('small', '1.0.0')}// own\n` })

    const { release } = await testLoader(own, shipped).load('small')

    expect(release.directory.startsWith(own)).toBe(true)
  })

  test('imports at the first use and only then', async () => {
    const counter = `importsOf${process.pid}`
    const source = `globalThis.${counter} = (globalThis.${counter} ?? 0) + 1\n${connectorSource('small', '1.0.0')}`
    await writeRelease(directory, { ...small, source })
    const loader = testLoader(directory)
    const imports = () => Reflect.get(globalThis, counter) as unknown // set by the source above

    await loader.installed()
    const before = imports()
    await Promise.all([loader.load('small'), loader.load('small', '^1')])

    expect([before, imports()]).toEqual([undefined, 1])
  })

  test('finds a release that was installed after it was made', async () => {
    await writeRelease(directory, small)
    const loader = testLoader(directory)
    await loader.load('small')

    await writeRelease(directory, { name: 'small', version: '1.0.1' })

    expect((await loader.load('small')).connector.version).toBe('1.0.1')
  })

  test.each([
    ['other', undefined, 'connector other is not installed (installed: small)'],
    ['small', '^2', 'connector small ^2 is not installed (installed: 1.1.0, 1.0.0)'],
    ['small', 'not a range', 'connector small not a range is not installed (installed: 1.1.0, 1.0.0)'],
    ['../small', undefined, 'connector ../small is not installed (installed: small)'],
  ])('of %s %s tells what is installed instead', async (name, range, message) => {
    for (const version of ['1.0.0', '1.1.0']) await writeRelease(directory, { name: 'small', version })

    await expect(testLoader(directory).load(name, range)).rejects.toMatchObject({
      code: 'CONNECTOR_NOT_FOUND',
      message,
    })
  })

  test.each<readonly [string, (folder: string) => Promise<unknown>, string]>([
    [
      'a file changed without its size',
      folder => writeFile(join(folder, 'index.js'), connectorSource('smaLl', '1.0.0')),
      'integrity of index.js does not match',
    ],
    ['a file that grew', folder => appendFile(join(folder, 'index.js'), ' '), 'size of index.js does not match'],
    ['a missing file', folder => rm(join(folder, 'index.js')), 'cannot be read: index.js'],
    ['a file more', folder => writeFile(join(folder, 'extra.js'), ''), 'holds the unlisted file extra.js'],
    ['a folder more', folder => mkdir(join(folder, 'node_modules')), 'holds the unlisted file node_modules'],
    ['no manifest', folder => rm(join(folder, 'connector.json')), 'has no readable connector.json'],
    ['a broken manifest', folder => writeFile(join(folder, 'connector.json'), '{'), 'has no readable connector.json'],
    [
      'a package.json that makes the main file CommonJS',
      folder => writeFile(join(folder, 'package.json'), '{"type":"commonjs"}'),
      'size of package.json does not match',
    ],
    ['a package.json nobody listed', unlistPackageFile, 'holds the unlisted file package.json'],
    [
      'another hash in its name',
      folder => rename(folder, join(dirname(folder), basename(folder).replace(/.{12}$/, '0123456789ab'))),
      'has a list of files that does not match its folder name',
    ],
    [
      'another version in its name',
      folder => rename(folder, join(dirname(folder), basename(folder).replace('1.0.0', '9.9.9'))),
      'says it is small 1.0.0',
    ],
  ])('refuses a release with %s and imports nothing of it', async (_what, damage, problem) => {
    await damage(await writeRelease(directory, small))

    await expect(testLoader(directory).load('small')).rejects.toMatchObject({
      code: 'CONNECTOR_INVALID',
      message: expect.stringContaining(problem),
    })
  })

  test.each([
    [{ manifest: { main: 'other.js' } }, 'does not list its main file'],
    [{ manifest: { name: 'Small' } }, 'does not fit its schema'],
    [{ files: () => [] }, 'does not fit its schema'],
    [
      { files: (listed: Manifest['files']) => [...listed, { path: '../x.js', sizeBytes: 0, sha512: '0'.repeat(128) }] },
      'names a file outside itself: "../x.js"',
    ],
    [{ source: 'export default {}' }, 'does not export a connector as its default'],
    [{ source: 'export const connector = 1' }, 'does not export a connector as its default'],
    [{ source: 'export default (' }, 'cannot be imported: '],
    [{ source: 'throw new Error("no luck")' }, 'cannot be imported: no luck'],
    [{ source: connectorSource('small', '2.0.0') }, 'exports connector small 2.0.0'],
  ])('refuses what was packed wrongly: %j', async (wrong, problem) => {
    await writeRelease(directory, { ...small, ...wrong })

    await expect(testLoader(directory).load('small')).rejects.toMatchObject({
      code: 'CONNECTOR_INVALID',
      message: expect.stringContaining(problem),
    })
  })

  test('tries again after the damage is mended', async () => {
    const folder = await writeRelease(directory, small)
    const loader = testLoader(directory)
    await rename(join(folder, 'index.js'), join(directory, 'kept.js'))
    const first = await loader.load('small').catch((error: Error) => error.message)
    await rename(join(directory, 'kept.js'), join(folder, 'index.js'))

    const second = await loader.load('small')

    expect(first).toContain('cannot be read')
    expect(second.connector.name).toBe('small')
  })
})

/** As if it had been packed without one. */
async function unlistPackageFile(folder: string): Promise<void> {
  await rm(folder, { recursive: true })
  await writeRelease(directory, { ...small, files: ([main]) => (main === undefined ? [] : [main]) })
}

describe('trust', () => {
  const refused = (code: string, message: string) => ({ code, message: expect.stringContaining(message) })

  test('a release tells who signed it', async () => {
    await writeRelease(directory, small)

    expect((await testLoader(directory).load('small')).signature).toEqual({
      tag: 'trusted',
      keyId: testTrust.keys[0]?.id,
    })
  })

  test('an unsigned release is refused with what to do, and nothing of it is imported', async () => {
    const source = `throw new Error('imported')\n`
    await writeRelease(directory, { ...small, source, key: undefined })

    await expect(testLoader(directory).load('small')).rejects.toMatchObject(
      refused('CONNECTOR_UNTRUSTED', 'connector small 1.0.0 is not signed; install a signed release'),
    )
  })

  test('an unsigned release is loaded where the operator allows it, and that is told', async () => {
    await writeRelease(directory, { ...small, key: undefined })
    const told: string[] = []
    const loader = createLoader({
      directories: [{ path: directory, trust: { ...testTrust, allowUnsigned: true } }],
      agentVersion: testAgentVersion,
      watcher: { onLoaded: ({ release, signature }) => told.push(`${release.version} ${signature.tag}`) },
    })

    expect((await loader.load('small')).signature).toEqual({ tag: 'unsigned' })
    expect(told).toEqual(['1.0.0 unsigned'])
  })

  test.each<readonly [string, Partial<Parameters<typeof writeRelease>[1]>, string]>([
    ['is not signed', { key: undefined }, 'CONNECTOR_UNTRUSTED'],
    ['is for other agents', { manifest: { agent: '^2' } }, 'CONNECTOR_INCOMPATIBLE'],
    ['cannot be imported', { source: 'throw new Error("no")' }, 'CONNECTOR_INVALID'],
  ])('gives way to an older one when the newest %s, and that is told', async (_what, changes, code) => {
    await writeRelease(directory, small)
    await writeRelease(directory, { name: 'small', version: '1.1.0', ...changes })
    const told: string[] = []
    const loader = createLoader({
      directories: [{ path: directory, trust: testTrust }],
      agentVersion: testAgentVersion,
      watcher: { onRefused: ({ version }, error) => told.push(`${version} ${error.code}`) },
    })

    expect((await loader.load('small')).connector.version).toBe('1.0.0')
    expect(told).toEqual([`1.1.0 ${code}`])
  })

  test('that nothing can take the place of is told as the reason', async () => {
    for (const version of ['1.0.0', '1.1.0']) await writeRelease(directory, { name: 'small', version, key: undefined })

    await expect(testLoader(directory).load('small')).rejects.toMatchObject(
      refused('CONNECTOR_UNTRUSTED', 'connector small 1.1.0 is not signed'),
    )
  })

  test('a changed manifest, whose hash and files fit, is refused', async () => {
    const folder = await writeRelease(directory, small)
    const file = join(folder, 'connector.json')
    await writeFile(file, (await readFile(file, 'utf8')).replace('">=1"', '">=0"'))

    await expect(testLoader(directory).load('small')).rejects.toMatchObject(
      refused('CONNECTOR_UNTRUSTED', 'the manifest is not what was signed'),
    )
  })

  test('a revoked key is refused by its id', async () => {
    await writeRelease(directory, small)
    const keys = testTrust.keys.map(key => ({ ...key, revoked: true }))
    const loader = createLoader({
      directories: [{ path: directory, trust: { keys, allowUnsigned: true } }],
      agentVersion: testAgentVersion,
    })

    await expect(loader.load('small')).rejects.toMatchObject(
      refused('CONNECTOR_UNTRUSTED', `key ${testTrust.keys[0]?.id}, which has been revoked`),
    )
  })

  test('a release for other agents is refused naming both versions', async () => {
    await writeRelease(directory, { ...small, manifest: { agent: '^2.1.0' } })

    await expect(testLoader(directory).load('small')).rejects.toMatchObject(
      refused('CONNECTOR_INCOMPATIBLE', 'connector small 1.0.0 works with agents ^2.1.0, and this agent is 1.2.3'),
    )
  })
})
