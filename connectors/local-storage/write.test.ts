import { appendFile, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { parse } from 'csv-parse/sync'
import type { DataRecord, JsonValue, RunContext, WriteOutcome } from '../sdk/connector.ts'
import localStorage from './index.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'files-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

function contextWith(state: Map<string, JsonValue>): RunContext {
  const ignore = () => undefined
  return {
    runId: 'run1',
    signal: new AbortController().signal,
    log: { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore },
    pacing: { acquire: async () => undefined, report: ignore, hold: ignore },
    state: { get: key => state.get(key), set: (key, value) => void state.set(key, value) },
    tell: ignore,
  }
}

/** One attempt at writing: the batches, then perhaps the end. */
async function attempt(
  options: object,
  batches: readonly (readonly DataRecord[])[],
  { state = new Map<string, JsonValue>(), isWhole = true } = {},
): Promise<readonly WriteOutcome[]> {
  const context = contextWith(state)
  const connection = await localStorage.connect({ directory }, context)
  const activity = localStorage.activities['Write']
  if (activity?.role !== 'target') throw new Error('Write is no target')
  const outcomes: WriteOutcome[] = []
  try {
    for (const batch of batches) outcomes.push(...(await activity.write(connection, batch, options, context)))
    if (isWhole) await activity.finish?.(connection, options, context)
  } finally {
    await connection.close()
  }
  return outcomes
}

const tricky = [
  { a: 'plain', b: 1, c: null },
  { a: 'comma, quote " and\r\nline', b: true, c: { deep: [1] } },
  { a: ' spaces ', b: 0.5, c: '' },
]

describe('Write', () => {
  test('writes CSV that a parser reads back', async () => {
    await attempt({ path: 'a.csv' }, [tricky.slice(0, 2), tricky.slice(2)])

    expect(parse(await readFile(join(directory, 'a.csv')), { columns: true })).toEqual([
      { a: 'plain', b: '1', c: '' },
      { a: 'comma, quote " and\r\nline', b: 'true', c: '{"deep":[1]}' },
      { a: ' spaces ', b: '0.5', c: '' },
    ])
  })

  test.each(['a.ndjson', 'a.json'])('writes %s that holds the very records', async path => {
    await attempt({ path }, [tricky.slice(0, 2), tricky.slice(2)])

    const text = await readFile(join(directory, path), 'utf8')
    const records: unknown =
      path === 'a.json'
        ? JSON.parse(text)
        : text
            .trimEnd()
            .split('\n')
            .map(line => JSON.parse(line) as unknown)
    expect(records).toEqual(tricky)
  })

  test('rejects a record with a field that has no column', async () => {
    const outcomes = await attempt({ path: 'a.csv' }, [[{ a: 1 }, { a: 2, b: 3 }]])

    expect(outcomes).toMatchObject([{ status: 'written' }, { status: 'rejected', code: 'FIELD_UNKNOWN' }])
  })

  test('leaves an earlier file alone until the run has succeeded', async () => {
    await writeFile(join(directory, 'a.csv'), 'before')

    await attempt({ path: 'a.csv' }, [tricky], { isWhole: false })

    expect(await readFile(join(directory, 'a.csv'), 'utf8')).toBe('before')
    expect((await readdir(directory)).sort()).toEqual(['a.csv', 'a.csv.run1.partial'])
  })

  test.each(['a.csv', 'a.ndjson', 'a.json'])(
    'goes on with %s at the checkpoint, dropping what was written after it',
    async path => {
      const state = new Map<string, JsonValue>()
      await attempt({ path }, [[{ id: 1 }]], { state, isWhole: false })
      await appendFile(join(directory, `${path}.run1.partial`), 'written after the checkpoint')

      await attempt({ path }, [[{ id: 2 }]], { state })
      await attempt({ path: `whole-${path}` }, [[{ id: 1 }], [{ id: 2 }]])

      expect(await readFile(join(directory, path), 'utf8')).toBe(
        await readFile(join(directory, `whole-${path}`), 'utf8'),
      )
    },
  )

  test.each(['a.csv', 'a.json'])('understands that %s was finished just before the crash', async path => {
    const state = new Map<string, JsonValue>()
    await attempt({ path }, [[{ id: 1 }]], { state })
    const finished = await readFile(join(directory, path), 'utf8')

    await attempt({ path }, [], { state })

    expect(await readFile(join(directory, path), 'utf8')).toBe(finished)
  })

  test('says so when the file of an earlier attempt is gone', async () => {
    const state = new Map<string, JsonValue>()
    await attempt({ path: 'a.csv' }, [[{ id: 1 }]], { state, isWhole: false })
    await rm(join(directory, 'a.csv.run1.partial'))

    await expect(attempt({ path: 'a.csv' }, [[{ id: 2 }]], { state })).rejects.toMatchObject({ code: 'STATE_LOST' })
  })

  test('writes a valid file when there are no records', async () => {
    await attempt({ path: 'a.json' }, [])
    await attempt({ path: 'a.csv', csv: { columns: ['id', 'name'] } }, [])

    expect(await readFile(join(directory, 'a.json'), 'utf8')).toBe('[]\n')
    expect(await readFile(join(directory, 'a.csv'), 'utf8')).toBe('id,name\r\n')
  })

  test('does not leave its directory', async () => {
    await symlink(tmpdir(), join(directory, 'out'))

    for (const path of ['../x.csv', '/tmp/x.csv', 'out/x.csv']) {
      await expect(attempt({ path }, [[{ id: 1 }]])).rejects.toMatchObject({ code: 'FILE_DENIED' })
    }
  })
})
