import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { locate } from './paths.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'paths-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

describe('locate', () => {
  test('makes a directory with all that is missing above it', async () => {
    const directory = join(root, 'some', 'where')

    const file = await locate(directory, 'deep/a.csv', 'write')

    expect(file).toBe(join(directory, 'deep', 'a.csv'))
  })

  test('makes nothing for a read', async () => {
    await expect(locate(join(root, 'none'), 'a.csv', 'read')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  })

  test('says so when the directory cannot be made', async () => {
    // No system lets anybody make a folder there; Linux answers that /proc/none does not exist.
    await expect(locate('/proc/none', 'a.csv', 'write')).rejects.toThrow(/^\/proc\/none .* and cannot be made$/)
  })
})
