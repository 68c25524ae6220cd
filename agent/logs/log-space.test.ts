import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { readLogs } from './log-reader.ts'
import { rotatedPath } from './log-segments.ts'
import { limitSpace } from './log-space.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'space-'))
  await mkdir(join(directory, 'connectors'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

async function put(log: string, first: number, last: number, age: number): Promise<void> {
  const path = `${rotatedPath(join(directory, `${log}.log`), first, last)}.gz`
  await writeFile(path, gzipSync('{}\n'.repeat(last - first + 1)))
  await utimes(path, 1_000_000 - age, 1_000_000 - age)
}

async function names(): Promise<readonly string[]> {
  return (await readdir(directory, { recursive: true })).filter(name => name.includes('.log')).sort()
}

describe('limitSpace', () => {
  test('keeps so many rotated files of each log', async () => {
    for (const number of [1, 2, 3]) await put('agent', number, number, 10 - number)
    await put('connectors/shop', 1, 1, 100)

    limitSpace(directory, { maxFiles: 2, maxBytes: 1_000_000 })

    expect(await names()).toEqual([
      'agent.log.000000000002-000000000002.gz',
      'agent.log.000000000003-000000000003.gz',
      'connectors/shop.log.000000000001-000000000001.gz',
    ])
  })

  test('leaves of the newest of a log its name, so that lines go on being counted', async () => {
    for (const number of [1, 2]) await put('agent', number, number, 10 - number)
    await writeFile(join(directory, 'agent.log'), '{}\n')

    limitSpace(directory, { maxFiles: 10, maxBytes: 3 })
    const read: unknown[] = []
    const query = { follow: false, after: 'agent:1' }
    for await (const line of readLogs(directory, query, AbortSignal.timeout(10_000))) {
      read.push({ ...JSON.parse(line.text), cursor: line.cursor })
    }

    expect(await names()).toEqual(['agent.log', 'agent.log.000000000002-000000000002.gz'])
    expect(read).toMatchObject([{ message: '1 lines were dropped' }, { cursor: 'agent:3' }])
  })
})
