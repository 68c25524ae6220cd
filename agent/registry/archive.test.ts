import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Header, type HeaderData, Pax } from 'tar'
import { type ArchiveCaps, packFiles, packRelease, unpack } from './archive.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'archive-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const caps: ArchiveCaps = { packedBytes: 1e6, unpackedBytes: 20e6, entries: 10, ratio: 100 }
const signal = new AbortController().signal

/** One entry of an archive, as nobody honest would write it. */
function entry(facts: HeaderData, contents = ''): Buffer {
  const block = Buffer.alloc(512)
  const size = Buffer.byteLength(contents)
  new Header({ type: 'File', mode: 0o644, mtime: new Date(0), size, ...facts }).encode(block)
  return Buffer.concat([block, Buffer.from(contents), Buffer.alloc(-size & 511)])
}

function tar(...entries: readonly Buffer[]): Buffer {
  return Buffer.concat([...entries, Buffer.alloc(1_024)])
}

/** Unpacks an archive and tells what came out of it. */
async function unpacked(archive: Buffer, special: Partial<ArchiveCaps> = {}): Promise<readonly string[]> {
  const file = join(directory, 'x.tgz')
  const folder = join(directory, 'out')
  await writeFile(file, archive)
  await mkdir(folder)
  await unpack(file, folder, { ...caps, ...special }, signal)
  return (await readdir(folder, { recursive: true })).sort()
}

const good = entry({ path: 'package/index.js' }, 'x')

describe('packing and unpacking', () => {
  test('gives the same files back', async () => {
    const contents = Buffer.from('export default 1\n'.repeat(5_000))
    const archive = packFiles(
      [
        { path: 'lib/a.js', contents },
        { path: 'empty.txt', contents: Buffer.alloc(0) },
      ],
      'x',
    )

    expect(await unpacked(archive)).toEqual(['empty.txt', 'lib', 'lib/a.js'])
    expect(await readFile(join(directory, 'out/lib/a.js'))).toEqual(contents)
  })

  test('gives the same bytes whatever the times, the modes and the order of the files', async () => {
    const make = async (folder: string, names: readonly string[], mode: number) => {
      for (const name of names) {
        await mkdir(join(directory, folder, 'lib'), { recursive: true })
        await writeFile(join(directory, folder, name), name, { mode })
        await utimes(join(directory, folder, name), mode, mode)
      }
      return packRelease(join(directory, folder))
    }

    const first = await make('a', ['index.js', 'lib/b.js', 'Z.txt'], 0o600)
    const second = await make('b', ['Z.txt', 'lib/b.js', 'index.js'], 0o755)

    expect(second.equals(first)).toBe(true)
  })

  test.each(['../x', 'a/../../x', '/x', '.hidden', 'a b', 'a'.repeat(91), 'ä'])('does not pack the path %j', path => {
    expect(() => packFiles([{ path, contents: Buffer.from('') }], 'small')).toThrow(/^small: (names|has)/)
  })

  test('does not pack a link', async () => {
    await symlink('/etc/passwd', join(directory, 'x'))

    await expect(packRelease(directory)).rejects.toMatchObject({ code: 'CONNECTOR_INVALID' })
  })

  test('takes folders and what is behind the end of the archive, as other tools write them', async () => {
    const folder = entry({ path: 'package/', type: 'Directory' })
    const archive = Buffer.concat([tar(folder, good), Buffer.alloc(100_000)])

    expect(await unpacked(gzipSync(archive))).toEqual(['index.js'])
  })
})

describe('a NUL in a name', () => {
  test('ends it, so that nothing behind it can lead elsewhere', async () => {
    const extended = new Pax({ path: 'package/a.js\0/../../evil.js' }).encode()

    expect(await unpacked(gzipSync(tar(extended, entry({ path: 'package/b.js' }, 'x'))))).toEqual(['a.js'])
    expect((await readdir(directory)).sort()).toEqual(['out', 'x.tgz'])
  })
})

describe('unpack refuses', () => {
  const zeros = '\0'.repeat(3e6)
  test.each<readonly [string, Buffer, string]>([
    ['a path that climbs', tar(good, entry({ path: 'package/../../evil.js' }, 'x')), 'names a file outside itself'],
    ['an absolute path', tar(good, entry({ path: '/tmp/evil.js' }, 'x')), 'names a file outside itself'],
    ['a drive', tar(good, entry({ path: 'C:/evil.js' }, 'x')), 'names a file outside itself'],
    ['a backslash', tar(good, entry({ path: 'package/..\\evil.js' }, 'x')), 'names a file outside itself'],
    ['a file beside package/', tar(good, entry({ path: 'evil.js' }, 'x')), 'not below package/'],
    [
      'a symbolic link',
      tar(good, entry({ path: 'package/a', type: 'SymbolicLink', linkpath: '/etc' })),
      'holds a SymbolicLink',
    ],
    [
      'a hard link',
      tar(good, entry({ path: 'package/a', type: 'Link', linkpath: 'package/index.js' })),
      'holds a Link',
    ],
    ['a character device', tar(good, entry({ path: 'package/a', type: 'CharacterDevice' })), 'holds a CharacterDevice'],
    ['a block device', tar(good, entry({ path: 'package/a', type: 'BlockDevice' })), 'holds a BlockDevice'],
    ['a pipe', tar(good, entry({ path: 'package/a', type: 'FIFO' })), 'holds a FIFO'],
    ['a file twice', tar(good, good), 'has a file twice: index.js'],
    ['names that differ in case', tar(good, entry({ path: 'package/Index.js' }, 'y')), 'differ in case only'],
    [
      'folders that differ in case',
      tar(entry({ path: 'package/lib/a.js' }, 'x'), entry({ path: 'package/Lib/b.js' }, 'y')),
      'differ in case only',
    ],
    ['a file below a file', tar(good, entry({ path: 'package/index.js/a' }, 'y')), 'a file and a folder of one name'],
    ['a long name', tar(good, entry({ path: `package/${'a'.repeat(99)}` }, 'y')), 'more than 90 characters'],
    [
      'an extended name that climbs',
      tar(new Pax({ path: 'package/../../evil.js' }).encode(), entry({ path: 'package/a.js' }, 'x')),
      'names a file outside itself',
    ],
    [
      'a very long extended name',
      tar(new Pax({ path: `package/${'a/'.repeat(100_000)}b` }).encode(), entry({ path: 'package/a.js' }, 'x')),
      'more than 90 characters',
    ],
    ['a bomb by its ratio', tar(entry({ path: 'package/a' }, zeros)), 'unpacks to more than 100 times its size'],
    [
      'many files',
      tar(...Array.from({ length: 11 }, (_, index) => entry({ path: `package/${index}` }, 'x'))),
      'holds more than 10 entries',
    ],
    ['nothing', tar(), 'is no tar archive'],
    ['a text', Buffer.from('hello'), 'is no tar archive'],
    ['an archive within', gzipSync(tar(good)), 'is no tar archive'],
    [
      'an archive that ends early',
      tar(entry({ path: 'package/a' }, 'x'.repeat(2_000))).subarray(0, 1_000),
      'Truncated',
    ],
    ['a wrong checksum', Buffer.concat([good.subarray(0, 100), Buffer.from('9'), tar(good).subarray(101)]), 'checksum'],
  ])('%s', async (_what, archive, problem) => {
    await expect(unpacked(gzipSync(archive))).rejects.toMatchObject({
      code: 'CONNECTOR_INVALID',
      message: expect.stringContaining(problem),
    })
    expect(await readdir(directory)).toEqual(['out', 'x.tgz'])
  })

  test('a bomb by its size, also behind the end of the archive', async () => {
    const archive = gzipSync(Buffer.concat([tar(good), Buffer.alloc(30e6)]))

    await expect(unpacked(archive, { ratio: 1e6 })).rejects.toMatchObject({
      code: 'CONNECTOR_INVALID',
      message: expect.stringContaining('unpacks to more than 20000000 bytes'),
    })
  })

  test('a file that is too large before it is read', async () => {
    await expect(unpacked(Buffer.alloc(1e6 + 1))).rejects.toThrow('is larger than 1000000 bytes')
  })

  test('a download that was cut off or damaged', async () => {
    const archive = packFiles([{ path: 'a.js', contents: Buffer.from('x'.repeat(9_000)) }], 'x')

    await expect(unpacked(archive.subarray(0, -20))).rejects.toMatchObject({ code: 'CONNECTOR_INVALID' })
    expect(gunzipSync(archive).byteLength).toBeGreaterThan(9_000)
  })
})
