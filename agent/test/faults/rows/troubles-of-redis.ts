import { setTimeout as sleep } from 'node:timers/promises'
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

/** Redis dies, or the line to it is bad. */
export const troublesOfRedis: readonly Row[] = [
  killRedis(createProducts),
  killRedis(queryProducts),
  killRedisAt('save', createProducts),
  killRedisAt('sent', createProducts),
  killRedisAt('sent', createReviews),
  killBoth(createProducts),
  killBoth(createReviews),
  badLine('connections reset', createProducts, async ({ agent }) => agent.redis.proxy.resetAll()),
  badLine('connections reset', createCustomers, async ({ agent }) => agent.redis.proxy.resetAll()),
  badLine('refuses for 4 s', queryProducts, async ({ agent }) => {
    await agent.redis.proxy.refuse()
    await sleep(4_000)
    await agent.redis.proxy.accept()
  }),
  badLine('silent for 8 s', updateProducts, stage => silence(stage, 8_000)),
  badLine('silent for 8 s', createReviews, stage => silence(stage, 8_000)),
  badLine('answers vanish', createProducts, async ({ agent }) => agent.redis.proxy.muteAnswers()),
  badLine('late by 2 s', createProducts, async ({ agent }) => {
    agent.redis.proxy.delay(2_000)
    await sleep(10_000)
    agent.redis.proxy.delay(0)
  }),
  badLine('silent for 40 s, longer than the lock', createProducts, stage => silence(stage, 40_000)),
  badLine('silent for 40 s, longer than the lock', createReviews, stage => silence(stage, 40_000)),
  takenOverBehindSilence(createProducts),
  takenOverBehindSilence(createReviews),
]

function killRedis(operation: OperationKind): Row {
  return rowAtStore('answer', { fault: 'kill -9 redis, back after 1 s', operation }, async stage => {
    await stage.redis.kill()
    stage.later(() => restart(stage, 1_000))
    return forward
  })
}

function killRedisAt(step: 'save' | 'sent', operation: OperationKind): Row {
  return {
    fault: `kill -9 redis, as ${step === 'save' ? 'a checkpoint is saved' : 'an intent is noted'}`,
    operation,
    arm(stage) {
      stage.atRun('reply', step, {
        nth: stage.pick(1, 2),
        act: async () => {
          await stage.redis.kill()
          stage.later(() => restart(stage, 1_000))
          return { tag: 'reset' }
        },
      })
    },
  }
}

function killBoth(operation: OperationKind): Row {
  return rowAtStore('answer', { fault: 'kill -9 redis and runner', operation, isSlow: true }, async stage => {
    const pid = await stage.agent.runnerPid()
    await stage.redis.kill()
    process.kill(pid, 'SIGKILL')
    stage.later(() => restart(stage, 1_000))
    return { tag: 'drop' }
  })
}

function badLine(what: string, operation: OperationKind, happen: (stage: Stage) => Promise<void>): Row {
  return rowAtStore('answer', { fault: `line to redis: ${what}`, operation, isSlow: true }, stage => {
    stage.later(() => happen(stage))
    return forward
  })
}

/** The agent cannot hear of it, but another has its run by then. Its writes wait for the store, so that some are left. */
function takenOverBehindSilence(operation: OperationKind): Row {
  return {
    fault: 'line to redis: silent for 40 s, another agent takes over',
    operation,
    agents: ['one', 'two'],
    isSlow: true,
    cuts: 2,
    async arm(stage) {
      await stage.drainOthers()
      stage.atStore('answer', {
        nth: inFirstHalf(stage),
        act: async () => {
          stage.later(() => silence(stage, 40_000))
          stage.agent.store.proxy.delay(2_000)
          await stage.resumeOthers()
          return forward
        },
      })
    },
  }
}

async function restart({ redis }: Stage, afterMs: number): Promise<void> {
  await sleep(afterMs)
  await redis.start()
}

async function silence({ agent }: Stage, forMs: number): Promise<void> {
  agent.redis.proxy.hold()
  await sleep(forMs)
  agent.redis.proxy.release()
}
