import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import {
  createCustomers,
  createProducts,
  createReviews,
  type OperationKind,
  queryProducts,
  updateProducts,
} from '../operations.ts'
import type { Row } from '../row.ts'
import type { Stage } from '../stage.ts'
import { forward } from '../tcp-proxy.ts'
import { inFirstHalf, rowAtStore } from './at-store.ts'

const run = promisify(execFile)

/** What people do in the middle of a write: cancel, drain, stop; a run that takes too long; a disk without room. */
export const orders: readonly Row[] = [
  ...[createProducts, createCustomers, createReviews].flatMap(operation => [
    canceled('request', operation),
    canceled('answer', operation),
    stoppedAtOnce(operation),
  ]),
  canceled('answer', updateProducts),
  ...[createProducts, createReviews].map(timedOut),
  stoppedAtOnce(queryProducts),
  stoppedWhileSilent(createProducts),
  stoppedWhileSilent(createReviews),
  drained(createProducts),
  drained(createReviews),
  diskFull(createProducts),
  diskFull(createReviews),
]

/** The cancel comes while a request is held: it has left, and nobody has heard of it. */
function canceled(at: 'request' | 'answer', operation: OperationKind): Row {
  let runId = ''
  const fault = at === 'request' ? 'cancel, a request on its way' : 'cancel, an answer on its way'
  const during = (_stage: Stage, submitted: string) => {
    runId = submitted
  }
  return rowAtStore(at, { fault, operation, ends: 'canceled', during }, async ({ agent }) => {
    await agent.process()?.client.post(`/v1/runs/${runId}/cancel`)
    await sleep(200)
    return forward
  })
}

/** The store is so slow that the time is over in the middle. */
function timedOut(operation: OperationKind): Row {
  return {
    fault: 'the run takes too long',
    operation,
    ends: 'error',
    request: { timeoutSeconds: 3 },
    arm(stage) {
      const { method, path } = operation
      stage.store.fault({ method, path, after: inFirstHalf(stage), delayMs: 5_000 })
    },
  }
}

function stoppedAtOnce(operation: OperationKind): Row {
  const head = { fault: 'stop without grace, next agent goes on', operation, set: ['stop.graceSeconds=0'] }
  return rowAtStore('request', head, stopAndStart)
}

/** What is on its way does not come back within the time a stopping agent waits for it. */
function stoppedWhileSilent(operation: OperationKind): Row {
  const set = ['stop.graceSeconds=0']
  const head = { fault: 'stop without grace, an answer never comes', operation, set, isSlow: true }
  return rowAtStore('answer', head, stage => {
    stopAndStart(stage)
    return { tag: 'mute' }
  })
}

function stopAndStart({ agent, later }: Stage): typeof forward {
  later(async () => {
    agent.process()?.signal('SIGTERM')
    await agent.process()?.exit()
    await agent.start()
  })
  return forward
}

/** A drained agent finishes what it has; then it is stopped and the next one starts. */
function drained(operation: OperationKind): Row {
  return rowAtStore('answer', { fault: 'drain and stop', operation }, async stage => {
    await stage.agent.process()?.client.post('/v1/drain')
    stopAndStart(stage)
    return forward
  })
}

/** No room for the operation log for three seconds; the limit on file sizes stands for a full disk. */
function diskFull(operation: OperationKind): Row {
  const head = { fault: 'disk full under the operation log for 3 s', operation, isSlow: true }
  return rowAtStore('answer', head, async ({ agent, later }) => {
    const pid = String(await agent.runnerPid())
    await run('prlimit', ['--pid', pid, '--fsize=1:unlimited'])
    later(async () => {
      await sleep(3_000)
      // It may have died of it; the one after it has room.
      await run('prlimit', ['--pid', pid, '--fsize=unlimited:unlimited']).catch(() => undefined)
    })
    return forward
  })
}
