import type { Redis } from 'ioredis'
import semver from 'semver'
import { toError } from '../errors.ts'
import { openRedis } from '../redis.ts'
import { type Finding, ok, problem, warning } from './findings.ts'

/** What a Redis tells of itself, and how quickly. */
export interface RedisFacts {
  /** Fields of INFO by name. */
  readonly info: ReadonlyMap<string, string>
  readonly latencyMs: number
  /** How far its clock is ahead of ours. */
  readonly aheadMs: number
}

const waitMs = 5_000
const pings = 5

/** Looks at the Redis at an address, for some seconds at most. Never rejects. */
export async function checkRedis(url: string): Promise<readonly Finding[]> {
  const { host } = new URL(url)
  let why = ''
  let fail = () => {}
  const failed = new Promise<never>((_, reject) => {
    fail = () => reject(new Error(why || `no answer for ${waitMs / 1_000} s`))
  })
  const timer = setTimeout(() => fail(), waitMs)
  const onDown = (reason: string) => {
    why = reason
    fail()
  }
  const redis = openRedis(url, 'request', { onUp: () => undefined, onDown })
  try {
    const facts = await Promise.race([gather(redis), failed])
    return [ok('redis', `answers at ${host}`), ...redisChecks.map(check => check(facts))]
  } catch (thrown) {
    const cure = 'start Redis, or correct redis.url: address, password, TLS (rediss://), firewall'
    return [problem('redis', `cannot be used at ${host}: ${toError(thrown).message}`, cure)]
  } finally {
    clearTimeout(timer)
    redis.disconnect()
  }
}

async function gather(redis: Redis): Promise<RedisFacts> {
  const lines = (await redis.info()).split('\r\n').map(line => line.split(':', 2))
  const info = new Map(lines.flatMap(([name, value]) => (name && value !== undefined ? [[name, value] as const] : [])))
  const took: number[] = []
  let aheadMs = 0
  for (let ping = 0; ping < pings; ping += 1) {
    const began = performance.now()
    const [seconds = 0, microseconds = 0] = (await redis.time()).map(Number)
    const durationMs = performance.now() - began
    took.push(durationMs)
    aheadMs = seconds * 1_000 + microseconds / 1_000 - (Date.now() - durationMs / 2)
  }
  return { info, latencyMs: took.sort((a, b) => a - b)[Math.floor(pings / 2)] ?? 0, aheadMs }
}

/** What is judged of a Redis that answers, one thing each. */
export const redisChecks: readonly ((facts: RedisFacts) => Finding)[] = [
  versionOf,
  roleOf,
  evictionOf,
  persistenceOf,
  memoryOf,
  latencyOf,
  clockOf,
]

function versionOf({ info }: RedisFacts): Finding {
  const version = info.get('redis_version') ?? 'unknown'
  const parsed = semver.coerce(version)
  const cure = 'use Redis 6.2 or later'
  if (parsed === null || semver.lt(parsed, '5.0.0')) return problem('redis version', `is ${version}`, cure)
  if (semver.lt(parsed, '6.2.0')) return warning('redis version', `is ${version}, which is old`, cure)
  return ok('redis version', `is ${version}`)
}

function roleOf({ info }: RedisFacts): Finding {
  const role = info.get('role') ?? 'master'
  if (role === 'master') return ok('redis role', 'takes writes')
  return problem('redis role', `is a replica (${role}) and takes no writes`, 'let redis.url name the primary')
}

function evictionOf({ info }: RedisFacts): Finding {
  const policy = info.get('maxmemory_policy') ?? 'unknown'
  if (policy === 'noeviction') return ok('redis eviction', 'is noeviction')
  const message = `is ${policy}: when its memory is full Redis throws jobs and checkpoints away`
  return problem('redis eviction', message, 'set maxmemory-policy noeviction in the configuration of Redis')
}

function persistenceOf({ info }: RedisFacts): Finding {
  const cure = 'set appendonly yes in the configuration of Redis'
  if (info.get('aof_enabled') !== '1') {
    const message = 'append-only persistence is off: jobs and checkpoints since the last snapshot are lost with Redis'
    return problem('redis persistence', message, cure)
  }
  if (info.get('aof_last_write_status') === 'err') {
    return problem('redis persistence', 'the last write to disk failed', 'look into the log of Redis and at its disk')
  }
  return ok('redis persistence', 'is append-only')
}

function memoryOf({ info }: RedisFacts): Finding {
  const [used, most] = [Number(info.get('used_memory') ?? 0), Number(info.get('maxmemory') ?? 0)]
  if (most === 0) return ok('redis memory', `uses ${megabytes(used)}, without a limit`)
  const message = `uses ${megabytes(used)} of ${megabytes(most)}`
  if (used < most * 0.9) return ok('redis memory', message)
  return warning('redis memory', message, 'raise maxmemory, or let fewer jobs wait')
}

function latencyOf({ latencyMs }: RedisFacts): Finding {
  const message = `answers in ${latencyMs.toFixed(1)} ms`
  const cure = 'put agent and Redis next to each other; look for slow commands and a busy machine'
  if (latencyMs > 500) return problem('redis latency', message, cure)
  return latencyMs > 50 ? warning('redis latency', message, cure) : ok('redis latency', message)
}

function clockOf({ aheadMs }: RedisFacts): Finding {
  const seconds = Math.abs(aheadMs) / 1_000
  const message = `differs from that of Redis by ${seconds.toFixed(1)} s`
  const cure = 'let NTP set the clocks of both machines'
  if (seconds > 60) return problem('clock', message, cure)
  return seconds > 2 ? warning('clock', message, cure) : ok('clock', message)
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_000_000).toLocaleString('en-US')} MB`
}
