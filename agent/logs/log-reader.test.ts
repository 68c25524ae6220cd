import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type LogFile, openLogFile } from './log-file.ts'
import { type LogQuery, readLogs } from './log-reader.ts'

let directory: string
let stop: AbortController
const followed: AsyncGenerator[] = []
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reader-'))
  stop = new AbortController()
})
afterEach(async () => {
  stop.abort()
  await Promise.all(followed.splice(0).map(lines => lines.return(undefined)))
  await rm(directory, { recursive: true, force: true })
})

function line(number: number, more: object = {}): string {
  const time = new Date(Date.UTC(2026, 10, 24) + number * 1_000).toISOString()
  return `${JSON.stringify({ level: 'info', time, logger: 'agent', ...more, number })}\n`
}

/** A log whose files hold about ten lines each. */
function openLog(name = 'agent'): LogFile {
  return openLogFile(join(directory, `${name}.log`), { maxBytes: 1_000, onRotated: () => undefined })
}

async function writeLog(name: string, numbers: readonly number[], more: object = {}): Promise<void> {
  const log = openLog(name)
  for (const number of numbers) log.write(line(number, more))
  await log.close()
}

async function read(query: Partial<LogQuery> = {}): Promise<readonly number[]> {
  const found: number[] = []
  for await (const { text } of readLogs(directory, { follow: false, ...query }, stop.signal)) found.push(numberOf(text))
  return found
}

function numberOf(text: string): number {
  const { number, dropped = 0 } = JSON.parse(text) as { number?: number; dropped?: number } // our own lines
  return number ?? -dropped
}

function follow(query: Partial<LogQuery> = {}) {
  const lines = readLogs(directory, { follow: true, ...query }, stop.signal)
  followed.push(lines)
  return {
    async next(count: number) {
      const taken: { readonly number: number; readonly cursor: string }[] = []
      while (taken.length < count) {
        const { value } = await lines.next()
        if (value !== undefined) taken.push({ number: numberOf(value.text), cursor: value.cursor })
      }
      return taken
    },
  }
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

describe('readLogs', () => {
  test('reads rotated and packed files and the one that is written, in order', async () => {
    await writeLog('agent', range(1, 95))

    expect((await readdir(directory)).filter(name => name.endsWith('.gz')).length).toBeGreaterThan(5)
    expect(await read()).toEqual(range(1, 95))
    expect(await read({ lines: 30 })).toEqual(range(66, 95))
    expect(await read({ lines: 0 })).toEqual([])
  })

  test('merges the connector logs by time, or shows one of them', async () => {
    await writeLog('agent', [1, 3, 5, 30])
    await writeLog('connectors/shop', [2, 4, 6])

    expect(await read()).toEqual([1, 2, 3, 4, 5, 6, 30])
    expect(await read({ lines: 3 })).toEqual([5, 6, 30])
    expect(await read({ connector: 'shop' })).toEqual([2, 4, 6])
    expect(await read({ connector: 'none' })).toEqual([])
  })

  test('shows the metric log alone, and only when asked', async () => {
    await writeLog('agent', [1, 3])
    await writeLog('metrics', [2, 4])

    expect(await read()).toEqual([1, 3])
    expect(await read({ lines: 9, metrics: true })).toEqual([2, 4])
  })

  test.each<[Partial<LogQuery>, readonly number[]]>([
    [{ since: '2026-11-24T00:00:50.000Z' }, range(50, 60)],
    [{ until: '2026-11-24T00:00:03Z' }, [1, 2, 3]],
    [{ since: '2026-11-24T00:00:50Z', lines: 2 }, [59, 60]],
    [{ level: 'warn' }, [20, 40, 60]],
    [{ level: 'fatal' }, []],
    [{ run: 'r7' }, [7]],
    [{ grep: '"number":3}' }, [3]],
    [{ since: '1s' }, []],
  ])('finds with %j the lines %j', async (query, expected) => {
    const log = openLog()
    for (const number of range(1, 60))
      log.write(line(number, { runId: `r${number}`, level: number % 20 ? 'info' : 'warn' }))
    await log.close()

    expect(await read(query)).toEqual(expected)
  })

  test('finds lines that were written with the names of ECS', async () => {
    const fields = {
      '@timestamp': '2026-11-24T00:00:01Z',
      'log.level': 'error',
      'commerce_agent.runId': 'r1',
      number: 1,
    }
    await writeFile(join(directory, 'agent.log'), `${JSON.stringify(fields)}\n`)

    expect(await read({ level: 'warn', run: 'r1', since: '2026-11-24' })).toEqual([1])
    expect(await read({ run: 'r2' })).toEqual([])
  })

  test('follows over many rotations and misses nothing', async () => {
    const log = openLog()
    log.write(line(1))
    const following = follow()
    await following.next(1)

    for (const number of range(2, 200)) log.write(line(number))
    const taken = await following.next(199)
    await log.close()

    expect(taken.map(({ number }) => number)).toEqual(range(2, 200))
  })

  test('goes on after a cursor, in every log, also after the files were rotated', async () => {
    const [log, shop] = [openLog(), openLog('connectors/shop')]
    for (const number of [1, 3, 5]) log.write(line(number))
    for (const number of [2, 4]) shop.write(line(number))
    const [, last] = await follow({ lines: 4 }).next(2)

    for (const number of range(10, 60)) log.write(line(number))
    await Promise.all([log.close(), shop.close()])

    expect(last?.number).toBe(3)
    expect(await read({ after: last?.cursor ?? '' })).toEqual([4, 5, ...range(10, 60)])
  })

  test('tells how many lines were deleted before they were read', async () => {
    await writeLog('agent', range(1, 100))
    const rotated = (await readdir(directory)).filter(name => name.endsWith('.gz')).sort()
    for (const name of rotated.slice(0, 4)) await rm(join(directory, name))
    const next = Number(/-(\d+)\.gz$/.exec(rotated[3] ?? '')?.[1]) + 1

    expect(await read({ after: 'agent:5' })).toEqual([6 - next, ...range(next, 100)])
    expect(await read()).toEqual(range(next, 100))
  })

  test('begins anew when the log was deleted since the cursor was told', async () => {
    await writeLog('agent', range(1, 25))

    expect(await read({ after: 'agent:4711' })).toEqual(range(1, 25))
  })

  test('passes over a rotated file that is damaged', async () => {
    await writeLog('agent', range(1, 30))
    const [oldest = ''] = (await readdir(directory)).filter(name => name.endsWith('.gz')).sort()
    const next = Number(/-(\d+)\.gz$/.exec(oldest)?.[1]) + 1
    await writeFile(join(directory, oldest), 'no gzip')

    expect(await read()).toEqual(range(next, 30))
    expect(await read({ lines: 100 })).toEqual(range(next, 30))
  })

  test('refuses a time and a cursor that are none', async () => {
    await expect(read({ since: 'yesterday' })).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    await expect(read({ after: 'agent' })).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
  })
})
