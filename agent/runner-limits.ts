import type { Config } from './config/schema.ts'
import type { KillReason } from './runner-death.ts'
import { createHeartbeat } from './runner-heartbeat.ts'
import { watchMemory } from './runner-memory.ts'

/** Watches that a runner answers and how much memory it holds, kills it when it must, and remembers why. */
export interface RunnerLimits {
  /** Its process is there. */
  began(pid: number): void
  /** It is ready to answer. */
  ready(): void
  answered(): void
  kill(reason: KillReason): void
  /** It has ended; the reason when it was killed. */
  ended(): KillReason | undefined
}

/** The limits of the runners of one seat, one after another. */
export function createRunnerLimits(
  { runnerSilenceSeconds: seconds, runnerMemoryMegabytes }: Config,
  link: { readonly ping: () => void; readonly kill: () => void },
): RunnerLimits {
  let killedFor: KillReason | undefined
  let unwatchMemory: (() => void) | undefined
  const heartbeat = createHeartbeat({
    limitMs: seconds * 1_000,
    ping: link.ping,
    onSilent: () => kill({ tag: 'silence', seconds }),
  })

  function kill(reason: KillReason): void {
    killedFor ??= reason
    link.kill()
  }

  return {
    began(pid) {
      killedFor = undefined
      // Inside the supervisor it would be the agent that is killed.
      if (pid === process.pid) return
      const onExceeded = (megabytes: number) => kill({ tag: 'memory', megabytes })
      unwatchMemory = watchMemory({ pid, limitMegabytes: runnerMemoryMegabytes, onExceeded })
    },
    ready: () => heartbeat.start(),
    answered: () => heartbeat.answered(),
    kill,
    ended() {
      heartbeat.stop()
      unwatchMemory?.()
      return killedFor
    },
  }
}
