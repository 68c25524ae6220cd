import { randomBytes } from 'node:crypto'
import { appendFile, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type DebugStep, foldersBelow } from './debug-files.ts'
import { type DebugLogParts, openDebugLog } from './debug-log.ts'
import { createDebugReader } from './debug-reader.ts'
import { trimDebugLogs } from './debug-trim.ts'
import { createRedactor } from './redact.ts'

const key = randomBytes(32)
const redactor = createRedactor(['planted-secret'], undefined, ['email'])
let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'debug-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

/** A debug log and what it complains about. */
function open(parts: Partial<DebugLogParts> = {}) {
  const told: string[] = []
  const log = openDebugLog({
    ...{ root, runId: 'r', maxBytes: 1_000_000, redactor },
    onCap: () => void told.push('cap'),
    onTrouble: error => void told.push(String(error)),
    ...parts,
  })
  return { log, told }
}

const reader = (readKey: () => Buffer = () => key) => createDebugReader({ root, readKey, redactor })

async function read(runId: string, step: DebugStep, from = reader()) {
  const lines: { readonly [field: string]: unknown }[] = []
  for await (const line of from.lines(runId, step)) lines.push(JSON.parse(line))
  return lines
}

const bigLine = (number: number) => JSON.stringify({ number, text: randomBytes(4_000).toString('hex') })

describe('the debug log of a run', () => {
  test('has a series of files for each step, masked, that goes on with the next attempt', async () => {
    const first = open()
    first.log.write('source', '{"number":1,"note":"planted-secret","email":"a@b.c"}')
    first.log.write('events', '{"message":"page read"}')
    await first.log.flush()
    const second = open()
    second.log.write('source', '{"number":2}')
    await second.log.flush()

    expect(await read('r', 'source')).toEqual([{ number: 1, note: '********', email: '********' }, { number: 2 }])
    expect(await read('r', 'events')).toEqual([{ message: 'page read' }])
    expect(await read('r', 'target')).toEqual([])
    const [folder] = await foldersBelow(root)
    expect(await readdir(folder?.directory ?? '')).toEqual([
      'events-000001.ndjson',
      'source-000001.ndjson',
      'source-000002.ndjson',
    ])
  })

  test('masks a secret before it cuts a text', async () => {
    const { log } = open()
    log.write('events', JSON.stringify({ body: `${'x'.repeat(9_995)}planted-secret and more` }))
    await log.flush()

    const text = JSON.stringify(await read('r', 'events'))

    expect(text).not.toContain('plant')
    expect(text).toContain('more characters')
  })

  test('lets the oldest of the largest step go when the run has too much, and says so', async () => {
    const { log, told } = open({ maxBytes: 200_000 })
    log.write('trigger', '{"via":"cli"}')
    for (let number = 1; number <= 60; number += 1) {
      log.write('target', bigLine(number))
      if (number % 10 === 0) log.write('source', bigLine(number))
      await log.flush()
    }

    const target = await read('r', 'target')
    const { sizeBytes, steps } = await reader().run('r')

    expect(sizeBytes).toBeLessThanOrEqual(200_000)
    expect(told).toContain('cap')
    expect(target[0]).toEqual({ note: expect.stringMatching(/^the oldest \d+ files of this step were deleted/) })
    expect(target.at(-1)).toMatchObject({ number: 60 })
    expect(await read('r', 'source')).toHaveLength(6)
    expect(await read('r', 'trigger')).toEqual([{ via: 'cli' }])
    expect(steps.find(({ step }) => step === 'target')?.deletedSegments).toBeGreaterThan(0)
  })

  test('loses lines, tells it once and goes on when it cannot be written for a while', async () => {
    const { log, told } = open()
    await rm(root, { recursive: true })
    await writeFile(root, 'in the way')
    for (const number of [1, 2, 3]) {
      log.write('events', JSON.stringify({ number }))
      await log.flush()
    }
    await rm(root)
    log.write('events', '{"number":4}')
    await log.flush()

    expect(told).toEqual([expect.stringMatching(/ENOTDIR|EEXIST/)])
    expect(log.lost()).toBe(3)
    expect(await read('r', 'events')).toEqual([{ number: 4 }])
  })

  test('writes nothing at all when it is to be encrypted and there is no key', async () => {
    const readKey = () => {
      throw new Error('no key')
    }
    const { log, told } = open({ readKey })
    log.write('events', '{"number":1}')
    await log.flush()

    expect(told).toEqual(['Error: no key'])
    expect(await readdir(root)).toEqual([])
  })

  test('writes what is left at once when the process ends', async () => {
    const { log } = open({ readKey: () => key })
    log.write('events', '{"number":1}')
    await log.flush()
    log.write('events', '{"number":2}')
    log.flushNow()

    expect(await read('r', 'events')).toEqual([{ number: 1 }, { number: 2 }])
  })

  test('is read up to where a crash has cut it off', async () => {
    const { log } = open()
    log.write('events', '{"number":1}')
    await log.flush()
    const [folder] = await foldersBelow(root)
    await appendFile(folder?.segments[0]?.path ?? '', '{"number":2,"te')

    expect(await read('r', 'events')).toEqual([{ number: 1 }])
  })

  test('comes as an archive of plain lines', async () => {
    const { log } = open({ readKey: () => key })
    log.write('source', '{"number":1}')
    await log.flush()

    const pieces: Buffer[] = []
    for await (const piece of reader().archive('r')) pieces.push(piece)
    const text = gunzipSync(Buffer.concat(pieces)).toString()

    expect(text).toContain('r/source-000001.ndjson')
    expect(text).toContain('{"number":1}\n')
    expect(text.length % 512).toBe(0)
  })

  test('has its folder made again when that was deleted meanwhile', async () => {
    const { log, told } = open({ readKey: () => key })
    log.write('events', '{"number":1}')
    await log.flush()
    await rm((await foldersBelow(root))[0]?.directory ?? '', { recursive: true })
    log.write('events', '{"number":2}')
    await log.flush()

    expect(told).toEqual([])
    expect(await read('r', 'events')).toEqual([{ number: 2 }])
  })

  test('is told apart from none, and a name that is no run leads nowhere', async () => {
    await expect(reader().run('none')).rejects.toMatchObject({ code: 'DEBUG_LOG_NOT_FOUND' })
    await expect(reader().run('../r')).rejects.toMatchObject({ code: 'DEBUG_LOG_NOT_FOUND' })
  })
})

describe('trimDebugLogs', () => {
  const limits = { retentionHours: 24, maxTotalMegabytes: 1 }
  const now = Date.parse('2026-11-25T12:00:00.000Z')

  /** A run with two files of a step, the last written so many hours ago. */
  async function add(runId: string, hoursAgo: number, bytes: number): Promise<void> {
    for (const number of [1, 2]) {
      const { log } = open({ runId })
      log.write('source', JSON.stringify({ number }))
      await log.flush()
    }
    const folder = (await foldersBelow(root)).find(each => each.runId === runId)
    for (const { path, number } of folder?.segments ?? []) {
      await appendFile(path, 'x'.repeat(bytes / 2))
      const at = now / 1_000 - hoursAgo * 3_600 + number
      await utimes(path, at, at)
    }
  }

  const left = async () => (await foldersBelow(root)).map(({ runId, segments }) => [runId, segments.length])

  test('deletes what is older than it may be, but never of a run that goes on', async () => {
    await add('old', 25, 10)
    await add('held', 25, 10)
    await add('new', 23, 10)

    const done = await trimDebugLogs(root, limits, { isHeld: runId => runId === 'held', now })

    expect(done).toEqual({ expired: 1, crowdedOut: [] })
    expect(await left()).toEqual([
      ['held', 2],
      ['new', 2],
    ])
  })

  test('lets the oldest runs go when all have too much, then old files of runs that go on', async () => {
    await add('held', 5, 1_000_000)
    await add('older', 4, 400_000)
    await add('newer', 3, 400_000)

    const done = await trimDebugLogs(root, limits, { isHeld: runId => runId === 'held', now })
    const after = await left()
    const again = await trimDebugLogs(
      root,
      { ...limits, maxTotalMegabytes: 0.7 },
      { isHeld: runId => runId === 'held', now },
    )

    expect(done.crowdedOut).toEqual(['older', 'newer'])
    expect(after).toEqual([['held', 2]])
    expect(again.crowdedOut).toEqual(['held'])
    expect(await left()).toEqual([['held', 1]])
  })

  test('finds nothing to do where nothing was written', async () => {
    expect(await trimDebugLogs(join(root, 'none'), limits, { isHeld: () => false, now })).toEqual({
      expired: 0,
      crowdedOut: [],
    })
  })
})
