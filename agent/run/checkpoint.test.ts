import { describe, expect, test } from '@jest/globals'
import { openRedis } from '../redis.ts'
import { startRedis } from '../test/redis.ts'
import { shareRedis } from '../test/shared-redis.ts'
import { type Checkpoint, createCheckpointStore } from './checkpoint.ts'
import { noCounts } from './status.ts'

const shared = shareRedis()

function checkpointAt(page: number): Checkpoint {
  const counts = { ...noCounts(), read: page * 10, written: page * 10 }
  return {
    position: { page },
    skip: 0,
    counts,
    state: { source: {}, target: { bytes: 7 } },
    workedMs: 5,
    isRead: false,
  }
}

describe('createCheckpointStore', () => {
  test('gives back to the next holder what the last one saved', async () => {
    const store = createCheckpointStore(shared.redis, 'test')
    const first = await store.take('run-a')

    await store.save('run-a', first.fence, checkpointAt(3), [])
    const second = await store.take('run-a')

    expect(first.checkpoint).toBeUndefined()
    expect(second.checkpoint).toEqual(checkpointAt(3))
    expect(second.fence).toBeGreaterThan(first.fence)
  })

  test('refuses a holder that has lost the run', async () => {
    const store = createCheckpointStore(shared.redis, 'test')
    const first = await store.take('run-b')
    const second = await store.take('run-b')
    await store.save('run-b', second.fence, checkpointAt(2), [])

    await expect(store.save('run-b', first.fence, checkpointAt(9), [])).rejects.toMatchObject({ code: 'RUN_LOST' })

    expect((await store.take('run-b')).checkpoint).toEqual(checkpointAt(2))
  })

  test('counts takes in vain, and begins anew when a run moves on', async () => {
    const store = createCheckpointStore(shared.redis, 'test')
    await store.take('run-c')
    const second = await store.take('run-c')
    await store.save('run-c', second.fence, checkpointAt(1), [])

    const third = await store.take('run-c')

    expect(second.takesInVain).toBe(1)
    expect(third.takesInVain).toBe(0)
  })

  test('remembers why runners of a run died until it moves on, but for ever how often its memory ran out', async () => {
    const store = createCheckpointStore(shared.redis, 'test')
    const { fence } = await store.take('run-death')
    const death = { code: 'RUNNER_OUT_OF_MEMORY', message: 'too big', isToBlame: true }
    const other = { code: 'RUN_LOST', message: 'was there', isToBlame: false }
    await store.noteDeath('run-death', death)
    const one = await store.take('run-death')
    await store.noteDeath('run-death', other)
    const two = await store.take('run-death')
    await store.save('run-death', two.fence, checkpointAt(1), [])

    const three = await store.take('run-death')

    expect(fence).toBeLessThan(one.fence)
    expect(one.deaths).toEqual({ inVain: 1, outOfMemory: 1, last: death })
    expect(two.deaths).toEqual({ inVain: 1, outOfMemory: 1, last: other })
    expect(three.deaths).toEqual({ inVain: 0, outOfMemory: 1, last: undefined })
  })

  test('remembers that a run has ended and forgets its checkpoint', async () => {
    const store = createCheckpointStore(shared.redis, 'test')
    const { fence } = await store.take('run-d')
    await store.save('run-d', fence, checkpointAt(1), [])

    await store.end('run-d', fence, 'success')

    expect(await store.take('run-d')).toMatchObject({ checkpoint: undefined, ended: 'success' })
  })

  test('says that Redis is away instead of waiting for ever', async () => {
    const away = await startRedis()
    const connection = openRedis(away.url, 'request')
    const store = createCheckpointStore(connection, 'test')
    const { fence } = await store.take('run-e')

    await away.kill()
    const saving = store.save('run-e', fence, checkpointAt(1), [])

    await expect(saving).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' })
    connection.disconnect()
    await away.close()
  })
})
