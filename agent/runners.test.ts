import { afterEach, describe, expect, test } from '@jest/globals'
import { loadConfig } from './config/load.ts'
import type { LoggerLevel } from './logs/logger-levels.ts'
import { createLoggers } from './logs/loggers.ts'
import { createRedactor } from './logs/redact.ts'
import type { HeldRun } from './runner.ts'
import type { RunnerExit } from './runner-death.ts'
import type { RunnerStarter } from './runner-links.ts'
import type { RunnerWatcher, ToRunner, ToSeat } from './runner-messages.ts'
import { createRunners, type Runners } from './runners.ts'
import type { Measured } from './telemetry/series.ts'

/** A runner whose every word is said by the test. */
interface HandRunner {
  readonly number: number
  readonly sent: ToRunner[]
  isKilled: boolean
  say(message: ToSeat): void
  /** Says all that a runner says until it is ready. */
  rise(): void
  die(manner?: RunnerExit['manner']): void
}

const opened: { runners: Runners; started: HandRunner[] }[] = []
afterEach(async () => {
  for (const { runners, started } of opened.splice(0)) {
    const closing = runners.close(AbortSignal.abort())
    for (const runner of started) if (runner.isKilled) runner.die()
    await closing
  }
})

function open(count = 1) {
  const started: HandRunner[] = []
  const lines: { readonly message: string; readonly delayMs?: number }[] = []
  const heard = {
    secrets: [] as string[],
    ended: [] as string[],
    measured: [] as Measured[],
    died: [] as [string, number][],
    abandoned: [] as [readonly HeldRun[], string][],
  }
  let onStart: () => void = () => undefined
  const start: RunnerStarter<ToSeat> = (number, _sink, watcher) => {
    const runner = handRunner(number, watcher)
    started.push(runner)
    onStart()
    return {
      pid: number,
      send: message => runner.sent.push(message),
      kill: () => {
        runner.isKilled = true
      },
    }
  }
  const sink = (line: string) => lines.push(JSON.parse(line))
  const levels = new Map<string, LoggerLevel>()
  const loggers = createLoggers({ level: 'info', fields: {}, redactor: createRedactor(), sink })
  const runners = createRunners({
    config: loadConfig({ env: {}, set: [`runners=${count}`], home: '/nowhere' }).config,
    debug: { table: () => [], onChange: () => undefined },
    levels: () => levels,
    start,
    sink,
    redactor: createRedactor(),
    logger: loggers.get('agent.runners'),
    watcher: {
      onSecrets: secrets => heard.secrets.push(...secrets),
      onEnded: ({ runId }) => heard.ended.push(runId),
      onMeasured: measured => heard.measured.push(measured),
      onDied: ({ code }, runs) => heard.died.push([code, runs]),
      onAbandoned: (runs, { code }) => heard.abandoned.push([runs, code]),
    },
  })
  opened.push({ runners, started })
  const nextStart = () =>
    new Promise<void>(resolve => {
      onStart = resolve
    })
  const [first, second] = started
  if (first === undefined) throw new Error('no runner was started')
  return { runners, started, levels, lines, heard, nextStart, first, second }
}

function handRunner(number: number, watcher: RunnerWatcher<ToSeat>): HandRunner {
  const runner: HandRunner = {
    number,
    sent: [],
    isKilled: false,
    say: message => watcher.onMessage(message),
    rise() {
      runner.say({ tag: 'loaded' })
      runner.say({ tag: 'ready' })
    },
    die: (manner = { tag: 'signal', signal: 'SIGKILL' }) => watcher.onExit({ manner, isHeapFull: false }),
  }
  return runner
}

function heldRun(runId: string): HeldRun {
  return { runId, jobId: `job-${runId}`, token: `token-${runId}` }
}

const tagsOf = ({ sent }: HandRunner) => sent.map(({ tag }) => tag)

describe('runners', () => {
  test('are told the configuration when they have loaded, and count when they are ready', () => {
    const { runners, first } = open()
    const before = runners.hasReady()

    first.say({ tag: 'loaded' })
    first.say({ tag: 'ready' })

    expect(first.sent).toMatchObject([{ tag: 'start', isPaused: false, config: { runners: 1 } }])
    expect([before, runners.hasReady()]).toEqual([false, true])
    expect(runners.status()).toEqual([{ number: 1, pid: 1, state: 'running', restarts: 0, runs: [] }])
  })

  test('start paused when they were paused before', async () => {
    const { runners, first, started, nextStart } = open()
    runners.pause()
    first.rise()
    const paused = runners.status()[0]?.state
    const again = nextStart()
    first.die()

    await again
    started[1]?.say({ tag: 'loaded' })

    expect(paused).toBe('paused')
    expect(first.sent).toMatchObject([{ tag: 'pause' }, { tag: 'start', isPaused: true }])
    expect(started[1]?.sent).toMatchObject([{ tag: 'start', isPaused: true }])
  })

  test('are told new levels, and start with those that hold then', async () => {
    const { runners, first, started, levels, nextStart } = open()
    first.rise()
    levels.set('agent.run', 'DEBUG')
    runners.setLevels(levels)
    const again = nextStart()
    first.die()

    await again
    started[1]?.say({ tag: 'loaded' })

    expect(first.sent.at(-1)).toEqual({ tag: 'levels', levels: new Map([['agent.run', 'DEBUG']]) })
    expect(started[1]?.sent).toMatchObject([{ tag: 'start', levels: new Map([['agent.run', 'DEBUG']]) }])
  })

  test('that die are started again, later each time, and their runs are told', async () => {
    const { runners, first, started, heard, lines, nextStart } = open()
    first.rise()
    first.say({ tag: 'started', run: heldRun('a') })
    first.say({ tag: 'started', run: heldRun('b') })
    first.say({ tag: 'ended', runId: 'a' })
    const running = runners.running()
    const again = nextStart()

    first.die()
    const between = runners.status()
    await again
    started[1]?.die({ tag: 'code', exitCode: 1 })

    expect(running).toEqual(['b'])
    expect(between).toEqual([{ number: 1, state: 'restarting', restarts: 1, runs: [] }])
    expect(heard).toEqual({
      ...{ secrets: [], measured: [], ended: ['a'], abandoned: [[[heldRun('b')], 'RUN_LOST']] },
      died: [
        ['RUN_LOST', 1],
        ['RUNNER_CRASHED', 0],
      ],
    })
    expect(lines).toMatchObject([
      { message: 'runner ended and is started again', code: 'RUN_LOST', delayMs: 500 },
      { message: 'runner ended and is started again', cause: 'runner 1 ended with exit code 1', delayMs: 1_000 },
    ])
  })

  test('that hold a run are told to cancel it, the others not', () => {
    const { runners, first, second } = open(2)
    first.rise()
    second?.rise()
    second?.say({ tag: 'started', run: heldRun('r') })

    const found = [runners.cancel('r'), runners.cancel('other')]

    expect(found).toEqual([true, false])
    expect(second?.sent.at(-1)).toEqual({ tag: 'cancel', runId: 'r' })
    expect(tagsOf(first)).toEqual(['start'])
  })

  test('hand their secrets on', () => {
    const { first, heard } = open()

    first.say({ tag: 'secrets', secrets: ['planted'] })

    expect(heard.secrets).toEqual(['planted'])
  })
})

describe('a look-up', () => {
  test('takes turns among the runners that are ready, and gets its own answer', async () => {
    const { runners, first, second } = open(2)
    first.rise()
    second?.rise()

    const outcomes = ['a', 'b', 'c'].map(connection => runners.lookUp({ tag: 'test', connection, uses: [] }))
    const asked = [first, second].map(runner => runner?.sent.filter(({ tag }) => tag === 'look-up') ?? [])
    for (const message of asked[0] ?? []) {
      if (message.tag === 'look-up') {
        const { request } = message
        const code = 'connection' in request ? request.connection : ''
        const outcome = { ok: false, code, message: '' } as const
        first.say({ tag: 'looked-up', id: message.id, outcome })
      }
    }
    second?.die()

    expect(asked.map(messages => messages.length).sort()).toEqual([1, 2])
    const codes = (await Promise.all(outcomes)).map(outcome => !outcome.ok && outcome.code)
    expect(codes.filter(code => code === 'RUNNER_UNAVAILABLE')).toHaveLength(asked[1]?.length ?? 0)
    expect(codes.filter(code => code !== 'RUNNER_UNAVAILABLE')).toHaveLength(asked[0]?.length ?? 0)
  })

  test('fails at once when no runner is up', async () => {
    await expect(open().runners.lookUp({ tag: 'test', connection: 'a', uses: [] })).rejects.toMatchObject({
      code: 'RUNNER_UNAVAILABLE',
    })
  })
})

describe('close', () => {
  test('asks a runner to end and waits for it', async () => {
    const { runners, first, started } = open()
    first.rise()
    let isClosed = false

    const closing = runners.close(new AbortController().signal).then(() => {
      isClosed = true
    })
    const before = isClosed
    first.die({ tag: 'code', exitCode: 0 })
    await closing

    expect(before).toBe(false)
    expect(tagsOf(first)).toEqual(['start', 'close'])
    expect(started).toHaveLength(1)
  })

  test.each<readonly [string, readonly ToSeat[], readonly ToSeat[]]>([
    ['has not loaded', [], [{ tag: 'loaded' }, { tag: 'ready' }]],
    ['has loaded, but is not ready', [{ tag: 'loaded' }], [{ tag: 'ready' }]],
  ])('ends a runner that %s', async (_when, before, after) => {
    const { runners, first } = open()
    for (const message of before) first.say(message)

    const closing = runners.close(new AbortController().signal)
    for (const message of after) first.say(message)
    first.die({ tag: 'code', exitCode: 0 })
    await closing

    expect(tagsOf(first)).toEqual(['start', 'close'])
  })

  test('does not wait for a runner that is to be started again, and never starts it', async () => {
    const { runners, first, started } = open()
    const other = open()
    const otherStarts = other.nextStart()
    first.die()

    await runners.close(new AbortController().signal)
    other.first.die()
    await otherStarts

    expect(started).toHaveLength(1)
  })

  test('kills what is left at the deadline', async () => {
    const { runners, first } = open()
    first.rise()
    const deadline = new AbortController()
    const closing = runners.close(deadline.signal)
    const before = first.isKilled

    deadline.abort()
    const after = first.isKilled
    first.die()
    await closing

    expect([before, after]).toEqual([false, true])
  })
})
