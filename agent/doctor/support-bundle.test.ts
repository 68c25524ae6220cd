import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { list } from 'tar'
import { loadConfig } from '../config/load.ts'
import { createOperationLogs } from '../logs/operation-log.ts'
import { createRedactor } from '../logs/redact.ts'
import { openLogStore } from '../logs/store.ts'
import { writeBundle } from './support-bundle.ts'

const token = 'planted-token-of-the-bundle'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'bundle-'))
  await mkdir(join(home, 'var/logs'), { recursive: true })
})
afterEach(() => rm(home, { recursive: true, force: true }))

function write(file: string) {
  const loaded = loadConfig({ env: { AGENT_API_TOKEN: token }, set: ['redis.url=redis://127.0.0.1:1'], home })
  const status = () => Promise.reject(new Error('no agent answers'))
  return writeBundle(loaded, { file, version: '1.2.3', lines: 1, status, signal: new AbortController().signal })
}

async function contents(file: string): Promise<{ readonly [name: string]: string }> {
  const texts: { [name: string]: string } = {}
  await list({
    file,
    onReadEntry: entry => {
      texts[entry.path] = ''
      entry.on('data', chunk => (texts[entry.path] += chunk.toString()))
    },
  })
  return texts
}

describe('writeBundle', () => {
  test('packs what a stopped agent left, redacted, for its owner only', async () => {
    const file = join(home, 'bundle.tgz')
    const store = openLogStore(join(home, 'var/agent.db'))
    createOperationLogs(store, createRedactor()).open({
      ...{ runId: 'r1', jobId: 'j1', operation: 'products', agent: 'a', submittedAt: 0 },
    })
    store.close()
    await writeFile(join(home, 'var/logs/agent.log'), `{"message":"first"}\n{"message":"old ${token}"}\n`)

    const names = await write(file)

    const texts = await contents(file)
    expect(Object.keys(texts)).toEqual(names)
    expect(texts).toEqual({
      'versions.json': expect.stringContaining('"agent": "1.2.3"'),
      'config.json': expect.stringContaining('"key": "api.token",\n    "value": "********"'),
      'doctor.json': expect.stringContaining('cannot be used at 127.0.0.1:1'),
      'status.json': '{\n  "problem": "no agent answers"\n}\n',
      'runs.json': expect.stringContaining('"operation": "products"'),
      'logs.ndjson': '{"message":"old ********"}\n',
    })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  test('writes over no file', async () => {
    const file = join(home, 'there')
    await writeFile(file, '')

    await expect(write(file)).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
  })
})
