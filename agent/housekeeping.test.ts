import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createState } from './agent-state.ts'
import { loadConfig } from './config/load.ts'
import { startHousekeeping } from './housekeeping.ts'
import { createChangeFeed } from './logs/change-feed.ts'
import { createLoggers } from './logs/loggers.ts'
import { createOperationLogs, type OperationLogs } from './logs/operation-log.ts'
import { createRedactor } from './logs/redact.ts'
import { type LogStore, openLogStore } from './logs/store.ts'
import { type OperationQueue, openQueue } from './queue.ts'
import type { RunnerStarter } from './runner-links.ts'
import type { ToSeat } from './runner-messages.ts'
import { createRunners, type Runners } from './runners.ts'
import { poll } from './test/agent-process.ts'
import { startRedis, type TestRedis } from './test/redis.ts'

const dayMs = 86_400_000
let server: TestRedis
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.close())

let directory: string
let store: LogStore
let logs: OperationLogs
let queue: OperationQueue
let runners: Runners
let lines: string[]
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'store-'))
  store = openLogStore(join(directory, 'agent.db'))
  logs = createOperationLogs(store, createRedactor())
  lines = []
})
afterEach(async () => {
  await runners.close(AbortSignal.abort())
  await queue.close()
  store.close()
  await rm(directory, { recursive: true, force: true })
})

function open() {
  const { config } = loadConfig({ env: {}, set: ['runners=1'], home: directory })
  const sink = (line: string) => lines.push(line)
  const logger = createLoggers({ level: 'info', fields: {}, redactor: createRedactor(), sink }).get('agent')
  const state = createState(config, '1.2.3', {
    current: () => ({ disableAutoConnectorUpdate: false, forbiddenBy: [] }),
  })
  queue = openQueue({ redisUrl: server.url, prefix: 'test', group: 'a' }, state.watchRedis(logger))
  const ignore = () => undefined
  const watcher = { onSecrets: ignore, onEnded: ignore, onMeasured: ignore, onDied: ignore, onAbandoned: ignore }
  let exit: () => void = () => undefined
  const start: RunnerStarter<ToSeat> = (_number, _sink, { onExit }) => {
    exit = () => onExit({ manner: { tag: 'signal', signal: 'SIGKILL' }, isHeapFull: false })
    return { pid: 1, send: () => undefined, kill: () => exit() }
  }
  runners = createRunners({
    config,
    levels: () => new Map(),
    debug: { table: () => [], onChange: () => undefined },
    start,
    sink,
    logger,
    redactor: createRedactor(),
    watcher,
  })
  return {
    state,
    parts: {
      state,
      logs,
      changes: createChangeFeed(store),
      queue,
      runners,
      debug: { trim: async () => undefined },
      retentionDays: 30,
      maxMegabytes: 1_000,
      logger,
    },
  }
}

function add(runId: string, jobId: string): void {
  logs.open({ runId, jobId, operation: 'x', agent: 'a', submittedAt: 1 })
}

describe('startHousekeeping', () => {
  test('counts the queue, ends runs whose job is gone and deletes logs that are too old', async () => {
    const { state, parts } = open()
    await poll(
      async () => state.redis.connected,
      isConnected => isConnected,
    )
    add('waits', await queue.submit('waits', { operation: 'x' }))
    add('gone', 'none')
    for (const [runId, ageDays] of [
      ['old', 31],
      ['new', 29],
    ] as const) {
      add(runId, runId)
      logs.change(runId, { status: 'success', endedAt: Date.now() - ageDays * dayMs })
    }

    const stop = startHousekeeping(parts)
    await poll(
      async () => logs.run('gone').status,
      status => status === 'error',
    )
    stop()

    expect(state.waiting).toBe(1)
    expect(Date.now() - (state.headSubmittedAt ?? 0)).toBeLessThan(60_000)
    expect(logs.list({ limit: 9 }).map(({ runId, status }) => [runId, status])).toEqual([
      ['new', 'success'],
      ['gone', 'error'],
      ['waits', 'submitted'],
    ])
    expect(lines.join('')).toContain('"deleted":1')
  })

  test('leaves the queue alone while Redis is away, and still deletes', async () => {
    const { state, parts } = open()
    add('unknown', 'none')
    add('old', 'old')
    logs.change('old', { status: 'success', endedAt: 1 })
    state.redis = { connected: false }

    const stop = startHousekeeping(parts)
    await poll(
      async () => logs.find('old'),
      run => run === undefined,
    )
    stop()

    expect(state.waiting).toBeUndefined()
    expect(logs.run('unknown').status).toBe('submitted')
  })

  test('tells of work that failed and goes on with the rest', async () => {
    const { parts } = open()
    const failing = {
      ...logs,
      deleteEndedBefore: () => {
        throw new Error('disk I/O error')
      },
    }

    const stop = startHousekeeping({ ...parts, logs: failing })
    await poll(
      async () => lines.join(''),
      text => text.includes('housekeeping failed'),
    )
    stop()

    expect(lines.join('')).toContain('"work":"retain","error":"disk I/O error"')
  })
})
