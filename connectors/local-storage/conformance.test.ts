import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { checkConnector } from '../sdk/conformance.ts'
import localStorage from './index.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'files-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

describe('local-storage', () => {
  test('keeps the contract of connectors', async () => {
    const records = Array.from({ length: 3_500 }, (_each, id) => ({ id: String(id), name: `näme, "${id}"\n` }))
    const lines = records.map(({ id, name }) => `${id},"${name.replaceAll('"', '""')}"`)
    await writeFile(join(directory, 'a.csv'), `id,name\n${lines.join('\n')}\n`)
    await writeFile(join(directory, 'a.ndjson'), records.map(record => JSON.stringify(record)).join('\n'))
    await writeFile(join(directory, 'a.json'), JSON.stringify(records, undefined, 1))
    const mixed = [{ id: 1 }, { id: 2, name: 'stray' }, { id: 3 }]

    const findings = await checkConnector(localStorage, {
      settings: { directory },
      badSettings: [{}, { directory: '' }, { directory: 1 }, { directory, folder: 'a' }, null],
      deadSettings: { directory: join(directory, 'missing') },
      reads: ['a.csv', 'a.ndjson', 'a.json'].map(path => ({ activity: 'Read', options: { path } })),
      writes: [
        {
          activity: 'Write',
          options: { path: 'b.csv' },
          records: mixed,
          expected: ['written', 'rejected', 'written'],
        },
        ...['b.ndjson', 'b.json'].map(path => ({
          activity: 'Write',
          options: { path },
          records: mixed,
          expected: ['written', 'written', 'written'] as const,
        })),
      ],
    })

    expect(findings).toEqual([])
  })
})
