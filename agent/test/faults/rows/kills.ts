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
import { anywhere, rowAtStore } from './at-store.ts'

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
  return rowAtStore(at, { fault: `kill -9 runner, ${point}`, operation }, killRunner, anywhere)
}

/** The answer arrives, and right behind it the end. */
function killAfterAnswer(operation: OperationKind): Row {
  const head = { fault: 'kill -9 runner, answered', operation }
  const killBehind = async ({ agent }: Stage) => {
    const pid = await agent.runnerPid()
    setImmediate(() => process.kill(pid, 'SIGKILL'))
    return forward
  }
  return rowAtStore('answer', head, killBehind, anywhere)
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
  const head = { fault: 'kill -9 supervisor, started again', operation, isSlow: true }
  const killAndStart = async ({ agent, later }: Stage) => {
    await agent.killSupervisor()
    later(() => agent.start())
    return forward
  }
  return rowAtStore('answer', head, killAndStart, anywhere)
}

/** Nobody can hand the job back: it is taken again when its lock has run out. */
function powerCut(operation: OperationKind): Row {
  const head = { fault: 'kill -9 supervisor and runner', operation, isSlow: true }
  const killBoth = async ({ agent, later }: Stage) => {
    const pid = await agent.runnerPid()
    process.kill(pid, 'SIGKILL')
    await agent.killSupervisor()
    later(async () => {
      await sleep(500)
      await agent.start()
    })
    return drop
  }
  return rowAtStore('answer', head, killBoth, anywhere)
}

async function killRunner({ agent }: Stage): Promise<typeof drop> {
  await agent.killRunner()
  return drop
}
