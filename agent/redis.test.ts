import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { openRedis } from './redis.ts'
import { poll } from './test/agent-process.ts'
import { startProxy } from './test/faults/tcp-proxy.ts'
import { freePort, startRedis, type TestRedis } from './test/redis.ts'

let server: TestRedis
const opened: Redis[] = []
beforeAll(async () => {
  server = await startRedis()
})
afterAll(async () => {
  for (const redis of opened) redis.disconnect()
  await server.close()
})

function open(url: string, purpose: 'queue' | 'request') {
  const heard: string[] = []
  const redis = openRedis(url, purpose, { onUp: () => heard.push('up'), onDown: problem => heard.push(problem) })
  opened.push(redis)
  return {
    redis,
    heard,
    heardAsMuchAs: (count: number) =>
      poll(
        async () => heard.length,
        length => length >= count,
      ),
  }
}

describe('openRedis', () => {
  test('comes back by itself and tells each change once', async () => {
    const { redis, heard, heardAsMuchAs } = open(server.url, 'request')
    await heardAsMuchAs(1)

    await server.kill()
    await heardAsMuchAs(2)
    await expect(redis.ping()).rejects.toThrow()
    await server.start()
    await heardAsMuchAs(3)

    expect(heard).toEqual(['up', expect.any(String), 'up'])
    expect(await redis.ping()).toBe('PONG')
  })

  test('tells why it is away without repeating the password', async () => {
    const { redis, heard, heardAsMuchAs } = open(`redis://:planted@127.0.0.1:${await freePort()}`, 'request')

    await heardAsMuchAs(1)
    const failure = await redis.ping().catch((error: Error) => error)

    expect(heard).toEqual([expect.stringContaining('ECONNREFUSED')])
    expect(`${heard} ${failure}`).not.toContain('planted')
  })

  test('fails a request soon while Redis is away, but lets a queue wait until it is back', async () => {
    const request = open(server.url, 'request')
    const queue = open(server.url, 'queue')
    await Promise.all([request.heardAsMuchAs(1), queue.heardAsMuchAs(1)])
    await server.kill()
    await Promise.all([request.heardAsMuchAs(2), queue.heardAsMuchAs(2)])

    const waiting = queue.redis.ping()
    const failed = await request.redis.ping().catch((error: Error) => error)
    await server.start()

    expect(failed).toBeInstanceOf(Error)
    expect(await waiting).toBe('PONG')
  })

  test('gives a connection up on which no answer comes any more, and opens another', async () => {
    const proxy = await startProxy({ port: server.port })
    const { redis, heardAsMuchAs } = open(`redis://127.0.0.1:${proxy.port}`, 'request')
    await heardAsMuchAs(1)

    proxy.muteAnswers()
    const failed = await redis.ping().catch((error: Error) => error)
    await heardAsMuchAs(3)
    const answer = await redis.ping()
    redis.disconnect()
    await proxy.close()

    expect(failed).toBeInstanceOf(Error)
    expect(answer).toBe('PONG')
  })
})
