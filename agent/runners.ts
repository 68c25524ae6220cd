import type { AgentStatus } from './api/control.ts'
import { AgentError } from './errors.ts'
import type { LevelTable } from './logs/logger-levels.ts'
import type { LookUpOutcome, LookUpRequest } from './run/look-ups.ts'
import type { HeldRun } from './runner.ts'
import { createSeat, type RunnerSeat, type SeatParts } from './runner-seat.ts'

/** The runners of an agent, kept alive. */
export interface Runners {
  status(): AgentStatus['runners']
  /** Whether at least one could take jobs, were it not paused. */
  hasReady(): boolean
  /** Ids of the runs in the hands of the runners. */
  running(): readonly string[]
  held(): readonly HeldRun[]
  pause(): void
  resume(): void
  /** Tells the runners that are up; `levels` of the parts is what later ones start with. */
  setLevels(levels: LevelTable): void
  /** False when no runner of this agent holds the run. */
  cancel(runId: string): boolean
  /** Throws RUNNER_UNAVAILABLE. */
  lookUp(request: LookUpRequest): Promise<LookUpOutcome>
  handBack(): void
  /** Lets all end by themselves and resolves when the last is gone; at the deadline those that are left are killed. */
  close(deadline: AbortSignal): Promise<void>
}

/** Starts all runners and keeps that many alive until they are closed. */
export function createRunners(parts: SeatParts): Runners {
  const seats = Array.from({ length: Math.max(1, parts.config.runners) }, (_, index) => createSeat(index + 1, parts))
  let lookUpsGiven = 0
  parts.debug.onChange(table => each(seats, seat => seat.tell({ tag: 'debug', table })))

  return {
    status: () => seats.map(seat => seat.status()),
    hasReady: () => seats.some(seat => seat.isReady()),
    running: () => seats.flatMap(seat => seat.held().map(({ runId }) => runId)),
    held: () => seats.flatMap(seat => seat.held()),
    pause: () => each(seats, seat => seat.setPaused(true)),
    resume: () => each(seats, seat => seat.setPaused(false)),
    setLevels: levels => each(seats, seat => seat.tell({ tag: 'levels', levels })),
    cancel(runId) {
      const holder = seats.find(seat => seat.holds(runId))
      holder?.tell({ tag: 'cancel', runId })
      return holder !== undefined
    },
    async lookUp(request) {
      const ready = seats.filter(seat => seat.isReady())
      lookUpsGiven += 1
      const seat = ready[lookUpsGiven % ready.length]
      if (seat === undefined) {
        throw new AgentError('RUNNER_UNAVAILABLE', 'no runner process is up; the agent starts them again by itself')
      }
      return seat.lookUp(request)
    },
    handBack: () => each(seats, seat => seat.tell({ tag: 'hand-back' })),
    async close(deadline) {
      const killAll = () => each(seats, seat => seat.kill())
      deadline.addEventListener('abort', killAll, { once: true })
      const closing = Promise.all(seats.map(seat => seat.close()))
      if (deadline.aborted) killAll()
      await closing
      deadline.removeEventListener('abort', killAll)
    },
  }
}

function each(seats: readonly RunnerSeat[], act: (seat: RunnerSeat) => void): void {
  for (const seat of seats) act(seat)
}
