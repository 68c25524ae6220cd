import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { bytesIn } from './disk-use.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'disk-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('bytesIn', () => {
  test('adds up all files below a folder', async () => {
    await mkdir(join(folder, 'a', 'b'), { recursive: true })
    await writeFile(join(folder, 'one'), '12345')
    await writeFile(join(folder, 'a', 'b', 'two'), '123')

    expect(await bytesIn(folder)).toBe(8)
    expect(await bytesIn(join(folder, 'one'))).toBe(5)
    expect(await bytesIn(join(folder, 'none'))).toBe(0)
  })
})
