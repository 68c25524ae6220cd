import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { parse } from 'csv-parse/sync'
import type { DataRecord, JsonValue, WriteOutcome } from '../sdk/connector.ts'
import { quietContext, stateOver, type WholeContext } from '../sdk/quiet-context.ts'
import localStorage from './index.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'files-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

function contextWith(entries: Map<string, JsonValue>): WholeContext {
  return quietContext({ runId: 'run1', state: stateOver(entries) })
}

/** One attempt at writing: the batches, then perhaps the end. */
async function attempt(
  options: object,
  batches: readonly (readonly DataRecord[])[],
  { state = new Map<string, JsonValue>(), isWhole = true, folder = '.' } = {},
): Promise<readonly WriteOutcome[]> {
  const context = contextWith(state)
  const connection = await localStorage.connect({ directory: join(directory, folder) }, context)
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

  test.each(['.', './', 'deep/..', 'deep/.', 'deep/'])('takes no folder for a file: %j', async path => {
    await mkdir(join(directory, 'inner', 'deep'), { recursive: true })

    const failure = await attempt({ path, format: 'csv' }, [[{ id: 1 }]], { folder: 'inner' }).catch(
      (error: unknown) => error,
    )

    expect(failure).toMatchObject({ code: expect.stringMatching(/^FILE_(DENIED|INVALID)$/) })
    expect(await readdir(directory, { recursive: true })).toEqual(['inner', 'inner/deep'])
  })

  test('replaces a link instead of writing through it', async () => {
    await writeFile(join(directory, 'real.csv'), 'before')
    await symlink('real.csv', join(directory, 'a.csv'))

    await attempt({ path: 'a.csv' }, [[{ id: 1 }]])

    expect(await readFile(join(directory, 'real.csv'), 'utf8')).toBe('before')
    expect(await readFile(join(directory, 'a.csv'), 'utf8')).toBe('id\r\n1\r\n')
  })

  test.each<readonly [string, (partial: string) => Promise<unknown>]>([
    ['is shorter than its checkpoint', partial => truncate(partial, 3)],
    ['holds other bytes', async partial => writeFile(partial, 'xx\r\n9\r\n')],
    [
      'has become a link',
      async partial => {
        await rename(partial, join(directory, 'elsewhere'))
        await symlink('elsewhere', partial)
      },
    ],
  ])('does not go on with a file that %s', async (_what, damage) => {
    const state = new Map<string, JsonValue>()
    await attempt({ path: 'a.csv' }, [[{ id: 1 }]], { state, isWhole: false })
    await damage(join(directory, 'a.csv.run1.partial'))

    const failure = await attempt({ path: 'a.csv' }, [[{ id: 2 }]], { state }).catch((error: unknown) => error)

    expect(failure).toMatchObject({ code: expect.stringMatching(/^(STATE_LOST|FILE_DENIED)$/) })
    expect(await readdir(directory)).not.toContain('a.csv')
  })

  test('begins anew when the crash came before the first checkpoint', async () => {
    await writeFile(join(directory, 'a.csv.run1.partial'), 'id\r\n7\r\n')

    await attempt({ path: 'a.csv' }, [[{ id: 1 }]])

    expect(await readFile(join(directory, 'a.csv'), 'utf8')).toBe('id\r\n1\r\n')
    expect(await readdir(directory)).toEqual(['a.csv'])
  })

  test('goes on with columns that the first attempt settled, also after many crashes', async () => {
    const state = new Map<string, JsonValue>()
    for (const id of [1, 2, 3]) await attempt({ path: 'a.csv' }, [[{ id, näme: `✓${id}` }]], { state, isWhole: false })

    const outcomes = await attempt({ path: 'a.csv' }, [[{ näme: 'x', id: 4 }, { other: 5 }]], { state })

    expect(outcomes.map(({ status }) => status)).toEqual(['written', 'rejected'])
    expect(await readFile(join(directory, 'a.csv'), 'utf8')).toBe('id,näme\r\n1,✓1\r\n2,✓2\r\n3,✓3\r\n4,x\r\n')
  })
})
