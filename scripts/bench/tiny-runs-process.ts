import { join } from 'node:path'
import { Queue, Worker } from 'bullmq'
import { loadConfig } from '../../agent/config/load.ts'
import { openLoader } from '../../agent/connectors.ts'
import { openLogFiles } from '../../agent/logs/log-files.ts'
import { createLoggers } from '../../agent/logs/loggers.ts'
import { createOperationLogs } from '../../agent/logs/operation-log.ts'
import { createRedactor } from '../../agent/logs/redact.ts'
import { openLogStore } from '../../agent/logs/store.ts'
import { createGatheringWriter } from '../../agent/logs/store-writer.ts'
import { createResolver } from '../../agent/project/resolve.ts'
import { jobName, queueNameOf } from '../../agent/queue.ts'
import { openRedis } from '../../agent/redis.ts'
import { createCheckpointStore } from '../../agent/run/checkpoint.ts'
import { createJobParser } from '../../agent/run/operation.ts'
import { createPacing } from '../../agent/run/pacing.ts'
import { createReplayStore } from '../../agent/run/replay.ts'
import { createWatermarkStore } from '../../agent/run/watermark.ts'
import { createWorkTracker } from '../../agent/run/work.ts'
import { createRunner } from '../../agent/runner.ts'
import { openRunnerDebugs } from '../../agent/runner-debug.ts'
import { createNoLogs } from './no-logs.ts'
import { cpuSeconds } from './process-figures.ts'

/** One turn of tiny runs in a process of its own; started by `logging.ts`, prints its figures as one line of JSON. */

/** What is to be done in a turn. */
export interface TinyTask {
  /** `all`: agent log and operation log; `errors`: of both what went wrong; `queue`: jobs that do nothing, no run. */
  readonly logs: 'all' | 'errors' | 'none' | 'queue'
  readonly home: string
  readonly redisUrl: string
  readonly group: string
  readonly runs: number
  readonly concurrency: number
}

/** What a turn came to. */
export interface TinyFigures {
  readonly seconds: number
  readonly cpuSeconds: number
  /** Runs that ended as `success`, messages that were written for them. */
  readonly succeeded: number
  readonly messages: number
}

const task = JSON.parse(process.argv[2] ?? '') as TinyTask // written by logging.ts
process.stdout.write(`${JSON.stringify(await takeTurn(task))}\n`)
process.exit() // idle connections would keep it

async function takeTurn(task: TinyTask): Promise<TinyFigures> {
  await enqueue(task)
  const cpuBefore = cpuSeconds(process.pid)
  const startedAt = performance.now()
  const { succeeded, messages } = await (task.logs === 'queue' ? drainQueue(task) : drainRuns(task))
  const seconds = (performance.now() - startedAt) / 1_000
  return { seconds, cpuSeconds: cpuSeconds(process.pid) - cpuBefore, succeeded, messages: messages() }
}

interface Drained {
  readonly succeeded: number
  readonly messages: () => number
}

async function enqueue({ logs, redisUrl, group, runs }: TinyTask): Promise<void> {
  const queue = new Queue(queueNameOf(group), { connection: openRedis(redisUrl, 'request'), prefix: 'bench' })
  for (let from = 0; from < runs; from += 1_000) {
    const numbers = Array.from({ length: Math.min(1_000, runs - from) }, (_, at) => from + at)
    const opts = { removeOnComplete: true, attempts: 5 }
    await queue.addBulk(
      numbers.map(number => ({
        name: jobName,
        data: { operation: logs === 'errors' ? 'tiny-errors' : 'tiny', runId: `${group}-${number}` },
        opts: { ...opts, jobId: `run-${group}-${number}` },
      })),
    )
  }
  await queue.close()
}

function drainQueue({ redisUrl, group, runs, concurrency }: TinyTask): Promise<Drained> {
  return new Promise(resolve => {
    let succeeded = 0
    const connection = openRedis(redisUrl, 'queue')
    const worker = new Worker(queueNameOf(group), async () => null, { connection, prefix: 'bench', concurrency })
    worker.on('completed', () => {
      succeeded += 1
      if (succeeded === runs) resolve({ succeeded, messages: () => 0 })
    })
  })
}

/** The runner as `runner-host.ts` makes it; only where the logs go is another matter. */
function drainRuns({ logs: which, home, redisUrl, group, runs, concurrency }: TinyTask): Promise<Drained> {
  const { config } = loadConfig({ env: {}, set: [], home })
  const redactor = createRedactor(['planted-secret'])
  const files = openLogFiles({ ...config.logs, stdout: 'none', toStdout: () => undefined })
  const level = ({ all: 'info', errors: 'warn', none: 'silent', queue: 'silent' } as const)[which]
  const loggers = createLoggers({ level, fields: { agent: 'bench', runner: 1 }, redactor, sink: files.write })
  const store = openLogStore(join(home, `${group}.db`))
  const redis = openRedis(redisUrl, 'request')
  const written = createOperationLogs(store, redactor, createGatheringWriter(store))
  const logs = which === 'none' ? createNoLogs(written) : written
  const messages = () => store.prepare('SELECT count(*) FROM messages').pluck().get() as number // an aggregate
  return new Promise(resolve => {
    let [ended, succeeded] = [0, 0]
    createRunner({
      agent: 'bench',
      defaultTimeoutSeconds: 60,
      parseJob: createJobParser(),
      resolve: createResolver({ directory: config.projectDir, env: {}, key: config.secrets }).operation,
      redactor,
      logs,
      debugs: openRunnerDebugs(config, { redactor, loggers, logs }, []),
      loggers,
      loader: openLoader(config),
      checkpoints: createCheckpointStore(redis, 'bench'),
      watermarks: createWatermarkStore(redis, 'bench'),
      pacing: createPacing({ redis, prefix: 'bench', logger: loggers.get('agent.pacing') }),
      replays: createReplayStore(redis, 'bench'),
      queue: { redisUrl, prefix: 'bench', group },
      concurrency,
      isPaused: false,
      tracker: createWorkTracker(),
      onStarted: () => undefined,
      onEnded(_run, end) {
        ended += 1
        if (end?.status === 'success') succeeded += 1
        if (ended === runs) resolve({ succeeded, messages })
      },
    })
  })
}
