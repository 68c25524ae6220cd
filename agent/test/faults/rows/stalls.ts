import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestHome } from '../../agent-process.ts'
import { createCustomers, createProducts, createReviews, type OperationKind, queryProducts } from '../operations.ts'
import type { Row } from '../row.ts'
import { forward } from '../tcp-proxy.ts'
import { inFirstHalf, rowAtStore } from './at-store.ts'

const clockModule = join(import.meta.dirname, '..', 'clock-shift.js')
const hourMs = 3_600_000

/** Runners that stand still and wake up, agents that compete, clocks that jump. */
export const stalls: readonly Row[] = [
  stopped('5 s', 5_000, createProducts, {}),
  ...[createProducts, createReviews, queryProducts].map(operation =>
    stopped('45 s, a second runner takes over', 45_000, operation, { runners: 2 }),
  ),
  ...[createProducts, createCustomers, createReviews].map(operation =>
    stopped('45 s, another agent takes over', 45_000, operation, { agents: ['one', 'two'] }),
  ),
  stopped('45 s, another agent of the same name takes over', 45_000, createProducts, { agents: ['same', 'same'] }),
  sameName(createProducts),
  sameName(createReviews),
  clockJump('an hour ahead', hourMs, createProducts),
  clockJump('an hour back', -hourMs, createProducts),
  clockJump('an hour ahead', hourMs, queryProducts),
]

/** A runner that woke up must not write any more: somebody else has the run. */
function stopped(what: string, forMs: number, operation: OperationKind, more: Pick<Row, 'agents' | 'runners'>): Row {
  return {
    fault: `SIGSTOP runner for ${what}`,
    operation,
    ...more,
    isSlow: true,
    withinSeconds: 180,
    async arm(stage) {
      const { agent } = stage
      await stage.drainOthers()
      stage.atStore('answer', {
        nth: inFirstHalf(stage),
        act: async () => {
          const pid = await agent.runnerPid()
          process.kill(pid, 'SIGSTOP')
          stage.later(() => wake(pid, forMs))
          await stage.resumeOthers()
          return forward
        },
      })
    },
  }
}

async function wake(pid: number, afterMs: number): Promise<void> {
  await sleep(afterMs)
  // Its supervisor may have had enough of it.
  if (!isAlive(pid)) return
  process.kill(pid, 'SIGCONT')
  // Time for what it should not do any more.
  await sleep(3_000)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Two machines were given one name; the run wanders between them. */
function sameName(operation: OperationKind): Row {
  return {
    fault: 'two agents of one name, kill -9 runner',
    operation,
    agents: ['same', 'same'],
    isSlow: true,
    async arm(stage) {
      const { agent } = stage
      await stage.drainOthers()
      stage.atStore('answer', {
        nth: inFirstHalf(stage),
        act: async () => {
          await stage.resumeOthers()
          await agent.killRunner()
          return { tag: 'drop' }
        },
      })
    },
  }
}

function clockJump(what: string, byMs: number, operation: OperationKind): Row {
  const clockOf = (home: TestHome) => join(home.directory, 'clock')
  const env = async (home: TestHome) => {
    await writeFile(clockOf(home), '0')
    return { NODE_OPTIONS: `--import=${clockModule}`, TEST_CLOCK_FILE: clockOf(home) }
  }
  return rowAtStore('answer', { fault: `clock jumps ${what}`, operation, env }, async ({ agent }) => {
    await writeFile(clockOf(agent.home), String(byMs))
    return forward
  })
}
