import type { Config } from './config/schema.ts'
import type { DebugTable } from './logs/debug-switches.ts'
import type { LevelTable } from './logs/logger-levels.ts'
import type { ReleaseMessage, ReleasesOutcome } from './release-requests.ts'
import type { LookUpOutcome, LookUpRequest } from './run/look-ups.ts'
import type { HeldRun } from './runner.ts'
import type { RunnerExit } from './runner-death.ts'
import type { Measured } from './telemetry/series.ts'

/** What the supervisor tells a runner process. */
export type ToRunner =
  | {
      readonly tag: 'start'
      readonly config: Config
      readonly isPaused: boolean
      readonly levels: LevelTable
      readonly debug: DebugTable
    }
  | { readonly tag: 'pause' }
  | { readonly tag: 'resume' }
  | { readonly tag: 'levels'; readonly levels: LevelTable }
  | { readonly tag: 'debug'; readonly table: DebugTable }
  | { readonly tag: 'cancel'; readonly runId: string }
  | { readonly tag: 'hand-back' }
  | { readonly tag: 'look-up'; readonly id: number; readonly request: LookUpRequest }
  | { readonly tag: 'releases'; readonly id: number; readonly outcome: ReleasesOutcome }
  | { readonly tag: 'ping' }
  | { readonly tag: 'close' }

/** What a runner process tells the supervisor. */
export type FromRunner =
  | { readonly tag: 'loaded' }
  | { readonly tag: 'ready' }
  | { readonly tag: 'pong' }
  | { readonly tag: 'started'; readonly run: HeldRun }
  | { readonly tag: 'ended'; readonly runId: string }
  /** Since it told this last. */
  | { readonly tag: 'measured'; readonly measured: Measured }
  | { readonly tag: 'secrets'; readonly secrets: readonly string[] }
  | ReleaseMessage
  | { readonly tag: 'looked-up'; readonly id: number; readonly outcome: LookUpOutcome }

/** What the seat of a runner is told; questions for releases are answered before they get there. */
export type ToSeat = Exclude<FromRunner, ReleaseMessage>

/** A runner as the supervisor sees it, in a process of its own or not. */
export interface RunnerLink {
  readonly pid: number | undefined
  send(message: ToRunner): void
  /** Ends it at once, whatever it does. */
  kill(): void
}

/** What a link tells its owner; `M` is what a seat is told, which has nothing to do with releases. */
export interface RunnerWatcher<M = FromRunner> {
  readonly onMessage: (message: M) => void
  /** It has ended, for whatever reason; no message follows. */
  readonly onExit: (exit: RunnerExit) => void
}
