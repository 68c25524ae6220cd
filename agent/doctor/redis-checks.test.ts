import { describe, expect, test } from '@jest/globals'
import { shareRedis } from '../test/shared-redis.ts'
import { checkRedis, type RedisFacts, redisChecks } from './redis-checks.ts'

const good = {
  redis_version: '7.0.15',
  role: 'master',
  maxmemory_policy: 'noeviction',
  aof_enabled: '1',
  aof_last_write_status: 'ok',
  used_memory: '1000000',
  maxmemory: '0',
}

function judge(info: object, rest: Partial<RedisFacts> = {}) {
  const facts = { info: new Map(Object.entries({ ...good, ...info })), latencyMs: 1, aheadMs: 0, ...rest }
  return redisChecks
    .map(check => check(facts))
    .filter(({ status }) => status !== 'ok')
    .map(({ check, status }) => `${status}: ${check}`)
}

describe('redisChecks', () => {
  test.each([
    [{}, {}, []],
    [{ redis_version: '4.0.1' }, {}, ['problem: redis version']],
    [{ redis_version: '6.0.0' }, {}, ['warning: redis version']],
    [{ role: 'slave' }, {}, ['problem: redis role']],
    [{ maxmemory_policy: 'allkeys-lru' }, {}, ['problem: redis eviction']],
    [{ aof_enabled: '0' }, {}, ['problem: redis persistence']],
    [{ aof_last_write_status: 'err' }, {}, ['problem: redis persistence']],
    [{ maxmemory: '1050000' }, {}, ['warning: redis memory']],
    [{}, { latencyMs: 60 }, ['warning: redis latency']],
    [{}, { latencyMs: 600 }, ['problem: redis latency']],
    [{}, { aheadMs: -5_000 }, ['warning: clock']],
    [{}, { aheadMs: 90_000 }, ['problem: clock']],
  ])('of %j and %j say %j', (info, rest, expected) => {
    expect(judge(info, rest)).toEqual(expected)
  })
})

describe('checkRedis', () => {
  const shared = shareRedis()

  test('finds what is wrong with a real Redis, with a cure', async () => {
    await shared.redis.config('SET', 'maxmemory-policy', 'allkeys-lru')
    await shared.redis.config('SET', 'appendonly', 'no')

    const findings = await checkRedis(shared.server.url)

    expect(findings.filter(({ status }) => status === 'problem')).toEqual([
      {
        check: 'redis eviction',
        status: 'problem',
        message: 'is allkeys-lru: when its memory is full Redis throws jobs and checkpoints away',
        cure: 'set maxmemory-policy noeviction in the configuration of Redis',
      },
      expect.objectContaining({ check: 'redis persistence', cure: 'set appendonly yes in the configuration of Redis' }),
    ])
    expect(findings).toHaveLength(8)
  })

  test.each([
    ['nobody listens', 'redis://127.0.0.1:1', 'ECONNREFUSED'],
    ['a name that is not there', 'redis://redis.invalid:6379', 'redis.invalid'],
  ])('tells why when %s', async (_what, url, reason) => {
    expect(await checkRedis(url)).toEqual([
      expect.objectContaining({ check: 'redis', status: 'problem', message: expect.stringContaining(reason) }),
    ])
  })

  test('tells when the password is wrong', async () => {
    await shared.redis.config('SET', 'requirepass', 'right')

    const findings = await checkRedis(shared.server.url)
    await shared.redis.config('SET', 'requirepass', '')

    expect(findings).toMatchObject([{ check: 'redis', status: 'problem', message: expect.stringContaining('NOAUTH') }])
  })
})
