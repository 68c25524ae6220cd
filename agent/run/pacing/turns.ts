import { setMaxListeners } from 'node:events'
import { setImmediate as soon } from 'node:timers/promises'
import type { PacedRequest, QuotaReport } from '../../../connectors/sdk/connector.ts'
import { createAlone } from './alone.ts'
import { createDesk, type Desk } from './desk.ts'
import type { Ask, Reply, Want } from './script.ts'

/** The turns of one account in this process. */
export interface Turns {
  acquire(request: PacedRequest, signal: AbortSignal): Promise<() => void>
  report(quota: QuotaReport): void
  hold(waitMs: number, cause: 'quota' | 'load'): void
  /** Tells that a connection of the project uses the account. */
  name(connection: string): void
  /** Tells Redis what is left to tell; nothing may be acquired any more. */
  close(): Promise<void>
}

interface Waiting {
  readonly want: Want
  readonly since: number
  readonly grant: (end: () => void) => void
}

/** How long what ended waits for a next request, to go with it in one round trip. */
const lingerMs = 10
/** A timer of more than 32 bits ends at once. */
const longestPauseMs = 60_000
const mostWants = 64

/**
 * Requests of one process wait here in their order, so that however many they are Redis is asked by one at a time.
 * `ask` resolves with undefined when Redis does not answer: then turns are given by this process alone.
 */
export function createTurns(parts: {
  readonly process: string
  readonly newId: () => string
  readonly ask: (ask: Ask) => Promise<Reply | undefined>
}): Turns {
  const { ask, newId } = parts
  const desk = createDesk(parts.process)
  const alone = createAlone()
  const queue: Waiting[] = []
  let isBusy = false
  let isRoused = false
  let isAway = false
  let isClosed = false
  let wake = (): void => undefined

  function rouse(): void {
    isRoused = true
    wake()
    if (isBusy) return
    isBusy = true
    void serve()
  }

  async function serve(): Promise<void> {
    // What ends and what begins in the same moment goes in one round trip.
    await soon()
    while (!isClosed && (queue.length > 0 || desk.hasNews())) {
      if (queue.length === 0) await pause(lingerMs)
      isRoused = false
      const waitMs = await round()
      if (waitMs > 0 && !isRoused && (queue.length > 0 || isAway)) await pause(waitMs)
    }
    isBusy = false
  }

  async function pause(ms: number): Promise<void> {
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, Math.min(Math.max(1, ms), longestPauseMs))
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    wake = () => undefined
  }

  /** Asks once for all that wait. Resolves with how long to wait before the next time. */
  async function round(): Promise<number> {
    const asked = inFairOrder(queue).slice(0, mostWants)
    const news = desk.take()
    const reply = await ask({ ...news, wants: asked.map(({ want }) => want), waiting: queue.length })
    isAway = reply === undefined
    if (reply === undefined) {
      desk.giveBack(
        news,
        asked.map(({ want }) => want),
      )
      return roundAlone()
    }
    asked.forEach((waiting, place) => {
      if (reply.granted[place] === true) grant(waiting, desk)
    })
    // Whoever came meanwhile, or was one too many for one ask, has not been told to wait.
    const isNewsFor = queue.some(waiting => !asked.includes(waiting))
    return isNewsFor && (queue.length <= mostWants || reply.granted.some(Boolean)) ? 0 : reply.waitMs
  }

  function roundAlone(): number {
    let waitMs = aloneMs
    for (const waiting of inFairOrder(queue)) {
      const takeMs = alone.take(waiting.want, performance.now())
      if (takeMs > 0) waitMs = Math.min(waitMs, takeMs)
      else grant(waiting, undefined)
    }
    return waitMs
  }

  /** `at`: where the end of the request has to be told; undefined: nowhere but here. */
  function grant(waiting: Waiting, at: Desk | undefined): void {
    const { want, since } = waiting
    const place = queue.indexOf(waiting)
    if (place === -1) {
      // It was aborted while Redis was asked.
      if (at === undefined) alone.ended(want)
      else desk.ended(want, false)
      return
    }
    queue.splice(place, 1)
    desk.waited(performance.now() - since)
    let isOver = false
    waiting.grant(() => {
      if (isOver) return
      isOver = true
      if (at === undefined) alone.ended(want)
      else at.ended(want, true)
      rouse()
    })
  }

  return {
    acquire(request, signal) {
      signal.throwIfAborted()
      return new Promise((resolve, reject) => {
        const isNew = !queue.some(({ want }) => want.kind === request.kind && want.endpoint === request.endpoint)
        const waiting: Waiting = {
          want: { ...request, id: newId() },
          since: performance.now(),
          grant(end) {
            signal.removeEventListener('abort', abort)
            resolve(end)
          },
        }
        const abort = () => {
          queue.splice(queue.indexOf(waiting), 1)
          reject(signal.reason as Error) // whatever it is, it is what was asked for
        }
        // Many wait for one run, and each listens.
        setMaxListeners(0, signal)
        signal.addEventListener('abort', abort, { once: true })
        queue.push(waiting)
        // Others of its kind wait already, and have been told for how long.
        if (isNew || !isBusy) rouse()
      })
    },
    report(quota) {
      alone.report(quota, performance.now())
      desk.report(quota)
      rouse()
    },
    hold(waitMs, cause) {
      alone.hold(waitMs, performance.now())
      desk.hold(waitMs, cause)
      rouse()
    },
    name: connection => desk.name(connection),
    async close() {
      isClosed = true
      wake()
      if (desk.hasNews()) await ask({ ...desk.take(), wants: [], waiting: 0 })
    },
  }
}

/** How often it is tried whether Redis answers again. */
const aloneMs = 1_000

/** Tests first, then writes and reads by turns; each kind in its order. */
function inFairOrder(queue: readonly Waiting[]): readonly Waiting[] {
  const [tests, writes, reads] = (['test', 'write', 'read'] as const).map(kind =>
    queue.filter(({ want }) => want.kind === kind),
  )
  const [longer = [], shorter = []] = [writes ?? [], reads ?? []].sort((a, b) => b.length - a.length)
  const mixed = longer.flatMap((each, place) => [shorter[place], each].filter(one => one !== undefined))
  return [...(tests ?? []), ...mixed]
}
