import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import { createLoggers } from '../logs/loggers.ts'
import { createOperationLogs } from '../logs/operation-log.ts'
import { createRedactor } from '../logs/redact.ts'
import { type LogStore, openLogStore } from '../logs/store.ts'
import { createResolver } from '../project/resolve.ts'
import { testLoader, writeRelease } from '../test/release.ts'
import { createCheckpointStore } from './checkpoint.ts'
import { createRunDebugs } from './debug.ts'
import { createJobParser } from './operation.ts'
import { createPacing } from './pacing.ts'
import { createReplayStore } from './replay.ts'
import { type QueuedRun, type RunEnd, type RunParts, runOperation } from './run.ts'
import { createWatermarkStore } from './watermark.ts'

/** Everything a run needs, over a connector written for the test. */
export interface RunBench {
  readonly directory: string
  readonly store: LogStore
  readonly parts: RunParts
  /** What the connector wrote into its file `out`. */
  written(): Promise<string>
  run(plan?: RunPlan): Promise<RunEnd>
  close(): Promise<void>
}

/** What is special about one run. */
export interface RunPlan {
  readonly read?: object
  readonly write?: object
  readonly job?: object
  readonly transformation?: object
  readonly canRetry?: boolean
  readonly signal?: AbortSignal
}

/** Makes a bench whose connector `puppet` has the activities Read and Write, as `source` defines them. */
export async function createRunBench(redis: Redis, source: string, usual: object = {}): Promise<RunBench> {
  const directory = await mkdtemp(join(tmpdir(), 'run-'))
  await writeRelease(join(directory, 'releases'), { name: 'puppet', version: '1.0.0', source })
  const store = openLogStore(join(directory, 'agent.db'))
  const redactor = createRedactor(['planted'])
  const loggers = createLoggers({ level: 'info', fields: {}, redactor, sink: () => undefined })
  const logs = createOperationLogs(store, redactor)
  const parts: RunParts = {
    agent: 'tester',
    defaultTimeoutSeconds: 60,
    parseJob: createJobParser(),
    resolve: createResolver({
      directory: join(directory, 'project'),
      env: {},
      key: { keyFile: join(directory, 'key') },
    }).operation,
    redactor,
    logs,
    debugs: createRunDebugs({
      ...{ agent: 'tester', root: join(directory, 'debug'), maxRunMegabytes: 1, redactor, logs, loggers },
      parentOf: () => undefined,
      debugOf: async () => undefined,
    }),
    loggers,
    loader: testLoader(join(directory, 'releases')),
    checkpoints: createCheckpointStore(redis, directory),
    pacing: createPacing({ redis, prefix: directory, logger: loggers.get('agent.pacing') }),
    watermarks: createWatermarkStore(redis, directory),
    replays: createReplayStore(redis, directory),
  }

  function queued({ read = usual, write = {}, job = {}, transformation, canRetry = true }: RunPlan): QueuedRun {
    const connection = { connector: 'puppet' }
    const operation = {
      source: { connection, activity: 'Read', options: read },
      ...(transformation && { transformation }),
      target: { connection, activity: 'Write', options: { file: join(directory, 'out'), ...write } },
    }
    return { runId: 'r', jobId: 'j', data: { operation, ...job }, submittedAt: 1_000, canRetry }
  }

  return {
    directory,
    store,
    parts,
    written: () => readFile(join(directory, 'out'), 'utf8'),
    run: (plan = {}) => runOperation(queued(plan), parts, plan.signal ?? new AbortController().signal),
    async close() {
      store.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
