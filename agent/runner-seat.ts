import type { AgentStatus } from './api/control.ts'
import type { Config } from './config/schema.ts'
import type { DebugSwitchboard } from './logs/debug-switchboard.ts'
import type { LevelTable } from './logs/logger-levels.ts'
import type { AgentLogger, LineSink } from './logs/loggers.ts'
import type { Redactor } from './logs/redact.ts'
import { createPending } from './pending.ts'
import type { LookUpOutcome, LookUpRequest } from './run/look-ups.ts'
import type { HeldRun } from './runner.ts'
import { type DeathEvidence, diagnose, type RunnerDeath, type RunnerExit } from './runner-death.ts'
import { createRunnerLimits } from './runner-limits.ts'
import type { RunnerStarter } from './runner-links.ts'
import type { RunnerLink, ToRunner, ToSeat } from './runner-messages.ts'
import type { Measured } from './telemetry/series.ts'

/** One runner, started again whenever it ends, until it is closed. */
export interface RunnerSeat {
  status(): AgentStatus['runners'][number]
  isReady(): boolean
  holds(runId: string): boolean
  held(): readonly HeldRun[]
  setPaused(isPaused: boolean): void
  /** Does nothing while no runner is up. */
  tell(message: ToRunner): void
  /** Never rejects; a runner that dies meanwhile is an outcome too. */
  lookUp(request: LookUpRequest): Promise<LookUpOutcome>
  /** Resolves when the runner has ended by itself. */
  close(): Promise<void>
  kill(): void
}

/** What the supervisor wants to know. */
export interface RunnersWatcher {
  readonly onSecrets: (secrets: readonly string[]) => void
  readonly onEnded: (message: Extract<ToSeat, { tag: 'ended' }>) => void
  readonly onMeasured: (measured: Measured) => void
  /** A runner died, with so many runs in its hands. */
  readonly onDied: (death: RunnerDeath, runs: number) => void
  /** A runner died with runs in its hands. */
  readonly onAbandoned: (runs: readonly HeldRun[], death: RunnerDeath) => void
}

/** What all seats share. */
export interface SeatParts {
  readonly config: Config
  /** Levels of loggers as they are now, for a runner that starts. */
  readonly levels: () => LevelTable
  /** Likewise what is switched on for debugging; changes go to runners that are up. */
  readonly debug: Pick<DebugSwitchboard, 'table' | 'onChange'>
  readonly start: RunnerStarter<ToSeat>
  readonly sink: LineSink
  readonly logger: AgentLogger
  readonly redactor: Redactor
  readonly watcher: RunnersWatcher
}

/** Starts the runner of a seat. */
export function createSeat(number: number, parts: SeatParts): RunnerSeat {
  const held = new Map<string, HeldRun>()
  const lookUps = createPending<LookUpOutcome>()
  let state: 'starting' | 'running' | 'restarting' | 'closing' = 'starting'
  let link: RunnerLink | undefined
  /** What is sent before a runner has loaded is lost. */
  let isListening = false
  let isPaused = false
  let restarts = 0
  const restartDelay = createRestartDelay()
  let restart: NodeJS.Timeout | undefined
  let onGone: (() => void) | undefined

  const limits = createRunnerLimits(parts.config, {
    ping: () => link?.send({ tag: 'ping' }),
    kill: () => link?.kill(),
  })

  function start(): void {
    state = 'starting'
    restartDelay.began()
    isListening = false
    link = parts.start(number, parts.sink, { onMessage: take, onExit: bury })
    if (link.pid !== undefined) limits.began(link.pid)
  }

  function take(message: ToSeat): void {
    switch (message.tag) {
      case 'loaded':
        isListening = true
        link?.send({ tag: 'start', config: parts.config, isPaused, levels: parts.levels(), debug: parts.debug.table() })
        // It was closed before it could listen.
        if (state === 'closing') link?.send({ tag: 'close' })
        break
      case 'ready':
        if (state === 'starting') state = 'running'
        limits.ready()
        break
      case 'pong':
        limits.answered()
        break
      case 'started':
        held.set(message.run.runId, message.run)
        break
      case 'ended':
        held.delete(message.runId)
        parts.watcher.onEnded(message)
        break
      case 'measured':
        parts.watcher.onMeasured(message.measured)
        break
      case 'secrets':
        parts.watcher.onSecrets(message.secrets)
        break
      case 'looked-up':
        lookUps.settle(message.id, message.outcome)
        break
      default:
        message satisfies never
    }
  }

  function bury(exit: RunnerExit): void {
    const abandoned = [...held.values()]
    const killedFor = limits.ended()
    const death = maskedDeath(parts, {
      ...{ runner: number, exit, ...(killedFor && { killedFor }) },
      limitMegabytes: parts.config.runnerMemoryMegabytes,
      held: [...held.keys()],
      hasLookUps: lookUps.count() > 0,
    })
    held.clear()
    link = undefined
    lookUps.settleAll({ ok: false, code: 'RUNNER_UNAVAILABLE', message: `${death.message}, before it answered` })
    if (abandoned.length > 0) parts.watcher.onAbandoned(abandoned, death)
    if (state === 'closing') {
      onGone?.()
      return
    }
    parts.watcher.onDied(death, abandoned.length)
    const delayMs = restartDelay.next()
    tellDeath(parts, { number, exit, death, delayMs })
    state = 'restarting'
    restarts += 1
    restart = setTimeout(start, delayMs)
  }

  start()
  return {
    status: () => ({
      number,
      ...(link?.pid === undefined ? {} : { pid: link.pid }),
      state: state === 'running' && isPaused ? 'paused' : state === 'closing' ? 'paused' : state,
      restarts,
      runs: [...held.keys()],
    }),
    isReady: () => state === 'running',
    holds: runId => held.has(runId),
    held: () => [...held.values()],
    setPaused(paused) {
      isPaused = paused
      link?.send({ tag: paused ? 'pause' : 'resume' })
    },
    tell: message => link?.send(message),
    lookUp(request) {
      const { id, answer } = lookUps.open()
      link?.send({ tag: 'look-up', id, request })
      return answer
    },
    async close() {
      state = 'closing'
      clearTimeout(restart)
      if (link === undefined) return
      const gone = new Promise<void>(resolve => {
        onGone = resolve
      })
      if (isListening) link.send({ tag: 'close' })
      await gone
    },
    kill: () => limits.kill({ tag: 'stop' }),
  }
}

function maskedDeath({ redactor }: SeatParts, evidence: DeathEvidence): RunnerDeath {
  const death = diagnose(evidence)
  return { ...death, message: toldOf(death.message, redactor) }
}

function tellDeath(
  { logger, redactor }: SeatParts,
  ended: { readonly number: number; readonly exit: RunnerExit; readonly death: RunnerDeath; readonly delayMs: number },
): void {
  const { number: runner, exit, delayMs } = ended
  const { code, message: cause, culprit } = ended.death
  const stack = exit.lastWords && toldOf(exit.lastWords.stack, redactor)
  logger.error({ runner, code, cause, ...culprit, stack, delayMs }, 'runner ended and is started again')
}

const maxToldChars = 4_000

/** Masked before it is cut: half a secret would not be known. */
function toldOf(words: string, redactor: Redactor): string {
  return redactor.redact(words).slice(0, maxToldChars)
}

const firstDelayMs = 500
const maxDelayMs = 30_000
const longLifeMs = 60_000

/** How long to wait with the next runner: doubled with each death, begun anew after one has lived long enough. */
function createRestartDelay() {
  let delayMs = firstDelayMs
  let startedAt = 0
  return {
    began() {
      startedAt = performance.now()
    },
    next() {
      if (performance.now() - startedAt > longLifeMs) delayMs = firstDelayMs
      const chosen = delayMs
      delayMs = Math.min(delayMs * 2, maxDelayMs)
      return chosen
    },
  }
}
