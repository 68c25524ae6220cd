import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openAgentDebug } from './agent-debug.ts'
import { loadConfig } from './config/load.ts'
import { openDebugLog } from './logs/debug-log.ts'
import { createLoggers } from './logs/loggers.ts'
import { createOperationLogs, type OperationLogs } from './logs/operation-log.ts'
import { createRedactor } from './logs/redact.ts'
import { type LogStore, openLogStore } from './logs/store.ts'
import { createReleases } from './releases.ts'
import { debugRoot } from './runner-debug.ts'
import { shareRedis } from './test/shared-redis.ts'

const server = shareRedis()
const redactor = createRedactor()
const releases = createReleases()
let home: string
let store: LogStore
let logs: OperationLogs
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'debug-'))
  store = openLogStore(join(home, 'agent.db'))
  logs = createOperationLogs(store, redactor)
})
afterEach(async () => {
  await releases.releaseAll(() => undefined)
  store.close()
  await rm(home, { recursive: true, force: true })
})

function open() {
  const { config } = loadConfig({ env: {}, set: ['debugLogs.maxTotalMegabytes=1'], home })
  const lines: string[] = []
  const sink = (line: string) => void lines.push(line)
  const loggers = createLoggers({ level: 'info', fields: {}, redactor, sink })
  const debug = openAgentDebug(config, { redis: server.redis, loggers, redactor, logs, releases })
  return { debug, lines, root: debugRoot(config) }
}

/** A run that has written so many characters. */
async function add(root: string, runId: string, chars: number): Promise<void> {
  logs.open({ runId, jobId: runId, operation: 'orders', agent: 'a', submittedAt: 1 })
  const parts = { root, runId, maxBytes: 10_000_000, redactor, onCap: () => undefined, onTrouble: () => undefined }
  const log = openDebugLog(parts)
  for (let left = chars; left > 0; left -= 9_000) log.write('source', JSON.stringify({ text: 'x'.repeat(9_000) }))
  await log.flush()
}

describe('the debug data of an agent', () => {
  test('is deleted when all of it is too much, and its run and the agent log say so', async () => {
    const { debug, lines, root } = open()
    await add(root, 'first', 800_000)
    await add(root, 'second', 800_000)

    await debug.trim(() => false)
    const left = await debug.reader.runs()
    const { length } = lines
    await debug.trim(() => false)

    const message = 'debug data of this run was deleted: debugLogs.maxTotalMegabytes was reached'
    expect(left.map(({ runId }) => runId)).toEqual(['second'])
    expect(logs.messages('first', 0, 9)).toMatchObject([{ level: 'warning', message }])
    expect(logs.messages('second', 0, 9)).toEqual([])
    expect(lines.join('')).toContain('"runs":["first"],"message":"debug data deleted: debugLogs.maxTotalMegabytes')
    expect(lines).toHaveLength(length)
  })
})
