import { describe, expect, test } from '@jest/globals'
import { AgentError } from '../errors.ts'
import type { Checkpoint } from './checkpoint.ts'
import { createKeeper } from './keeper.ts'
import { noCounts } from './status.ts'

function checkpoint(skip: number): Checkpoint {
  return { skip, counts: noCounts(), state: { source: {}, target: {} }, workedMs: 0, isRead: false }
}

const unexpected = (error: unknown) => {
  throw error
}

describe('createKeeper', () => {
  test('saves only the newest of what was noted', async () => {
    const saved: number[] = []
    const save = async ({ skip }: Checkpoint) => void saved.push(skip)
    const keeper = createKeeper({ save, onAway: unexpected, onFailure: unexpected })

    keeper.note(checkpoint(1))
    keeper.note(checkpoint(2))
    await keeper.saved(new AbortController().signal)
    keeper.stop()

    expect(saved).toEqual([2])
  })

  test('tries again while Redis is away, and tells of it once', async () => {
    let failures = 2
    let told = 0
    const save = async () => {
      failures -= 1
      if (failures >= 0) throw new AgentError('REDIS_UNAVAILABLE', 'away')
    }
    const keeper = createKeeper({ save, onAway: () => (told += 1), onFailure: unexpected })

    keeper.note(checkpoint(1))
    await keeper.saved(new AbortController().signal)
    keeper.stop()

    expect({ failures, told }).toEqual({ failures: -1, told: 1 })
  })

  test('hands any other failure on and saves nothing more', async () => {
    const lost = new AgentError('RUN_LOST', 'taken over')
    const failures: unknown[] = []
    const keeper = createKeeper({
      save: () => Promise.reject(lost),
      onAway: unexpected,
      onFailure: error => failures.push(error),
    })

    keeper.note(checkpoint(1))
    await keeper.saved(new AbortController().signal)
    keeper.stop()

    expect(failures).toEqual([lost])
  })

  test('stops waiting for Redis when the signal aborts', async () => {
    const stop = new AbortController()
    const save = async () => {
      stop.abort(new Error('canceled'))
      throw new AgentError('REDIS_UNAVAILABLE', 'away')
    }
    const keeper = createKeeper({ save, onAway: () => undefined, onFailure: unexpected })

    keeper.note(checkpoint(1))

    await expect(keeper.saved(stop.signal)).rejects.toThrow('canceled')
    keeper.stop()
  })
})
