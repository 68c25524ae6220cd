import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createInstallBench, type InstallBench } from '../test/packages.ts'
import { createFolderRegistry } from './folder-registry.ts'

let bench: InstallBench
beforeEach(async () => {
  bench = await createInstallBench()
})
afterEach(() => bench.close())

const signal = new AbortController().signal

async function listed(name = 'small'): Promise<readonly (readonly [string, readonly string[]])[]> {
  const found = await bench.registry.available(name, signal)
  return found.map(({ version, channels }) => [version, channels] as const)
}

async function offer(...files: readonly string[]): Promise<void> {
  for (const file of files) await writeFile(join(bench.packages, file), 'x')
}

describe('available', () => {
  test('lists the packages of one connector, the newest first; the highest that is no prerelease is the latest', async () => {
    await offer('small-1.9.0.tgz', 'small-1.10.0.tgz', 'small-2.0.0-rc.1.tgz', 'small-box-3.0.0.tgz', 'small-new.tgz')
    await offer('README.md', '.small-4.0.0.tgz.1.partial')

    expect(await listed()).toEqual([
      ['2.0.0-rc.1', []],
      ['1.10.0', ['latest']],
      ['1.9.0', []],
    ])
    expect(await listed('small-box')).toEqual([['3.0.0', ['latest']]])
    expect(await listed('other')).toEqual([])
  })

  test('lets channels.json say what a channel points at', async () => {
    await offer('small-1.0.0.tgz', 'small-1.1.0.tgz')
    await writeFile(join(bench.packages, 'channels.json'), '{"small":{"latest":"1.0.0","beta":"1.1.0"}}')

    expect(await listed()).toEqual([
      ['1.1.0', ['beta']],
      ['1.0.0', ['latest']],
    ])
  })

  test.each([
    ['{', 'channels.json is no JSON'],
    ['{"small":"1.0.0"}', 'channels.json does not fit its schema: /small: must be an object'],
  ])('refuses the channels %s', async (text, problem) => {
    await writeFile(join(bench.packages, 'channels.json'), text)

    await expect(listed()).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
      message: `registry ${bench.packages}: ${problem}`,
    })
  })

  test('says so when there is no folder', async () => {
    const folder = join(bench.packages, 'missing')

    await expect(createFolderRegistry(folder).available('small', signal)).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: expect.stringMatching(/^registry .*\/missing: .*ENOENT/),
    })
  })
})

describe('download', () => {
  test('says so when the package has gone since it was listed', async () => {
    await bench.offer({ name: 'small', version: '1.0.0' })
    const [release] = await bench.registry.available('small', signal)
    if (release === undefined) throw new Error('no release')
    await rm(release.from)

    await expect(bench.registry.download(release, join(bench.directory, 'x'), signal)).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
    })
  })
})
