import { setTimeout as sleep } from 'node:timers/promises'
import type { HttpEvent } from '../http-tap.ts'
import {
  createCustomers,
  createProducts,
  createReviews,
  deleteProducts,
  type OperationKind,
  queryProducts,
  updateProducts,
} from '../operations.ts'
import type { RedisEvent, RunStep } from '../redis-tap.ts'
import type { Row } from '../row.ts'
import type { Stage } from '../stage.ts'
import { forward } from '../tcp-proxy.ts'

const drop = { tag: 'drop' } as const

/** Kill -9 of processes at every point around a write: rows are of the points, not of luck. */
export const kills: readonly Row[] = [
  ...[createProducts, createCustomers, createReviews].flatMap(operation => [
    killAtStore('before a request arrives', 'request', operation),
    killAtStore('applied, not answered', 'answer', operation),
    killAfterAnswer(operation),
  ]),
  ...[updateProducts, deleteProducts].flatMap(operation => [
    killAtStore('before a request arrives', 'request', operation),
    killAtStore('applied, not answered', 'answer', operation),
  ]),
  killAtStore('a page on its way', 'answer', queryProducts),
  ...[createProducts, createReviews, createCustomers, queryProducts].flatMap(operation => [
    killAtRun('before a checkpoint is saved', 'command', 'save', operation),
    killAtRun('after a checkpoint is saved', 'reply', 'save', operation),
  ]),
  ...[createProducts, queryProducts].flatMap(operation => [
    killAtRun('before the end is noted', 'command', 'end', operation),
    killAtRun('after the end is noted', 'reply', 'end', operation),
  ]),
  ...[createProducts, createCustomers, createReviews].flatMap(operation => [
    killAtRun('before the intent is durable', 'command', 'sent', operation),
    killAtRun('after the intent is durable', 'reply', 'sent', operation),
    killAtRun('before an outcome is noted', 'command', 'settled', operation),
  ]),
  killAtRun('as the run is taken', 'reply', 'take', createProducts),
  killTwice(createProducts),
  killTwice(createReviews),
  killSupervisor(createProducts),
  killSupervisor(createReviews),
  killSupervisor(queryProducts),
  powerCut(createProducts),
  powerCut(createCustomers),
  powerCut(queryProducts),
]

function killAtStore(point: string, at: HttpEvent['at'], operation: OperationKind): Row {
  return {
    fault: `kill -9 runner, ${point}`,
    operation,
    arm(stage) {
      stage.atStore(at, { nth: somewhere(stage), act: () => killRunner(stage) })
    },
  }
}

/** The answer arrives, and right behind it the end. */
function killAfterAnswer(operation: OperationKind): Row {
  return {
    fault: 'kill -9 runner, answered',
    operation,
    arm(stage) {
      const { agent } = stage
      stage.atStore('answer', {
        nth: somewhere(stage),
        act: async () => {
          const pid = await agent.runnerPid()
          setImmediate(() => process.kill(pid, 'SIGKILL'))
          return forward
        },
      })
    },
  }
}

function killAtRun(point: string, at: RedisEvent['at'], step: RunStep, operation: OperationKind): Row {
  return {
    fault: `kill -9 runner, ${point}`,
    operation,
    arm(stage) {
      const nth = step === 'take' || step === 'end' ? 1 : stage.pick(1, 2)
      stage.atRun(at, step, { nth, act: () => killRunner(stage) })
    },
  }
}

/** The second time hits the attempt that goes on after the first. */
function killTwice(operation: OperationKind): Row {
  return {
    fault: 'kill -9 runner, twice',
    operation,
    cuts: 2,
    arm(stage) {
      const first = stage.pick(2, 20)
      stage.atStore('answer', { nth: first, act: () => killRunner(stage) })
      stage.atStore('answer', { nth: first + stage.pick(6, 15), act: () => killRunner(stage) })
    },
  }
}

function killSupervisor(operation: OperationKind): Row {
  return {
    fault: 'kill -9 supervisor, started again',
    operation,
    isSlow: true,
    arm(stage) {
      const { agent } = stage
      stage.atStore('answer', {
        nth: somewhere(stage),
        act: async () => {
          await agent.killSupervisor()
          stage.later(() => agent.start())
          return forward
        },
      })
    },
  }
}

/** Nobody can hand the job back: it is taken again when its lock has run out. */
function powerCut(operation: OperationKind): Row {
  return {
    fault: 'kill -9 supervisor and runner',
    operation,
    isSlow: true,
    arm(stage) {
      const { agent } = stage
      stage.atStore('answer', {
        nth: somewhere(stage),
        act: async () => {
          const pid = await agent.runnerPid()
          process.kill(pid, 'SIGKILL')
          await agent.killSupervisor()
          stage.later(async () => {
            await sleep(500)
            await agent.start()
          })
          return drop
        },
      })
    },
  }
}

async function killRunner({ agent }: Stage): Promise<typeof drop> {
  await agent.killRunner()
  return drop
}

/** Any request but the first and the last few. */
function somewhere({ operation, pick }: Stage): number {
  return pick(2, Math.max(2, operation.requests - 2))
}
