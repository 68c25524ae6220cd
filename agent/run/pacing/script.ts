import type { Redis } from 'ioredis'
import type { PacedRequest, QuotaReport } from '../../../connectors/sdk/connector.ts'
import { arithmetic } from './arithmetic.ts'

/** A request that waits for its turn. `id` is unique over all processes. */
export interface Want extends PacedRequest {
  readonly id: string
}

/** A request that was let through and is over. */
export interface Ended extends Want {
  /** `silent`: it was answered by nobody or without a word on the quota, so it may still count; `unsent`: never sent. */
  readonly fate: 'told' | 'silent' | 'unsent'
}

/** A refusal for the rate. */
export interface Hold {
  readonly waitMs: number
  readonly cause: 'quota' | 'load'
  readonly ageMs: number
}

/** What one process has to tell of an account, and what it wants, in one round trip. */
export interface Ask {
  /** Names this process. */
  readonly process: string
  readonly wants: readonly Want[]
  readonly ended: readonly Ended[]
  /** `ageMs`: how long ago the answer came. */
  readonly reports: readonly (QuotaReport & { readonly ageMs: number })[]
  readonly holds: readonly Hold[]
  /** Requests of this process that wait for a turn, those of `wants` included. */
  readonly waiting: number
  /** Time that requests have waited since the last ask. */
  readonly waitedMs: number
  /** From 0 to 1, for jitter. */
  readonly luck: number
  /** Connections of the project that use the account. */
  readonly names: readonly string[]
}

/** The answer. */
export interface Reply {
  /** For each want whether it may be sent now. */
  readonly granted: readonly boolean[]
  /** After how long to ask again for those that may not. */
  readonly waitMs: number
}

/**
 * The state of an account under KEYS[1] is a JSON text; beside it `:flight` (requests on their way by when they were let
 * through), `:at:<endpoint>` (permits by when they run out), `:queue` and `:names` for people. KEYS[2] lists accounts.
 * Keys are derived in the script, so it is not for a Redis cluster. Only the clock of Redis counts.
 */
const script = `${arithmetic}
local doubtMs, flightMs, permitMs, mostWaitMs = 2000, 30000, 100000, 5000
local key, ask = KEYS[1], cjson.decode(ARGV[1])
local flight, queue = key .. ':flight', key .. ':queue'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('GET', key)
local s = known and cjson.decode(known) or { quota = 0, windowMs = 0, endsAt = 0, left = -1, seenAt = 0, used = 0,
  others = 0, sureOthers = 0, sureAt = 0, pastOthers = 0, pastMs = 0, silent = 0, openedAt = now, heldUntil = 0, level = 0,
  calm = 0, cap = 0, write = 0, test = 0, sent = 0, waitedMs = 0 }

redis.call('ZREMRANGEBYSCORE', flight, '-inf', now - flightMs)
local answered = 0
for _, each in ipairs(ask.ended) do
  local member = each.id .. ' ' .. each.endpoint
  if each.fate == 'silent' then
    redis.call('ZADD', flight, 'XX', now - flightMs + doubtMs, member)
    s.silent = s.silent + 1
  elseif redis.call('ZREM', flight, member) == 1 and each.fate == 'unsent' then
    s.used = math.max(0, s.used - 1)
  end
  if each.fate ~= 'unsent' then answered = answered + 1 end
  if each.maxConcurrent then redis.call('ZREM', key .. ':at:' .. each.endpoint, each.id) end
end
local flying = redis.call('ZCARD', flight)
for _, report in ipairs(ask.reports) do note(s, report, now, flying) end

for _, hold in ipairs(ask.holds) do
  local at = now - hold.ageMs
  local waitMs = hold.waitMs
  if hold.cause == 'quota' then
    if s.left > 0 then s.left = 0 end
  else
    answered = answered - 1
    -- Refusals of requests that were on their way together are one.
    if at >= s.heldUntil then
      s.level = math.min(s.level + 1, 7); s.calm = 0
      s.cap = math.max(1, math.floor((s.cap > 0 and s.cap or flying + 1) / 2))
      waitMs = math.max(waitMs, 250 * 2 ^ s.level * (1 + ask.luck))
    end
  end
  s.heldUntil = math.max(s.heldUntil, math.floor(at + waitMs))
  s.openedAt = math.max(s.openedAt, s.heldUntil)
end
if s.cap > 0 and answered > 0 and now >= s.heldUntil then
  s.cap = s.cap + answered / s.cap; s.calm = s.calm + answered
  if s.calm >= 10 then s.level = math.max(0, s.level - 1); s.calm = 0 end
  if s.cap > 64 and s.level == 0 then s.cap = 0 end
end

turn(s, now, flying)
local room, again = roomOf(s, now, flying)
local granted, waitMs, grants = {}, mostWaitMs, 0
local rest = s.left < 0 and 0 or math.max(0, s.endsAt - now) / s.windowMs
for place, want in ipairs(ask.wants) do
  -- What those of another kind get who wait: they are asked for before the reads of all agents.
  local keep = 0
  if want.kind ~= 'test' and s.test > now then keep = keep + (s.left < 0 and 1 or 2) end
  if want.kind == 'read' and s.write > now then
    keep = keep + (s.left < 0 and 1 or math.max(2, math.ceil(s.quota / 10 * rest)))
  end
  local permits, isFull = key .. ':at:' .. want.endpoint, false
  if want.maxConcurrent then
    redis.call('ZREMRANGEBYSCORE', permits, '-inf', now)
    isFull = redis.call('ZCARD', permits) >= want.maxConcurrent
  end
  local slots = s.cap > 0 and math.floor(s.cap) - flying or 1000000
  local isHeld = now < s.heldUntil
  granted[place] = 0
  if isHeld then waitMs = math.min(waitMs, s.heldUntil - now)
  elseif isFull then waitMs = math.min(waitMs, 50)
  elseif room < 1 + keep or slots < 1 + math.min(keep, 1) then
    waitMs = math.min(waitMs, slots < 1 + keep and 50 or again)
    if want.kind ~= 'read' then s[want.kind] = now + math.min(again, mostWaitMs) + 1000 end
  else
    granted[place] = 1; grants = grants + 1
    room = room - 1; flying = flying + 1; s.used = s.used + 1; s.sent = s.sent + 1
    redis.call('ZADD', flight, now, want.id .. ' ' .. want.endpoint)
    if want.maxConcurrent then
      redis.call('ZADD', permits, now + permitMs, want.id)
      redis.call('PEXPIRE', permits, permitMs)
    end
  end
end

s.waitedMs = s.waitedMs + ask.waitedMs
redis.call('SET', key, cjson.encode(s), 'EX', 86400)
if grants > 0 then
  redis.call('PEXPIRE', flight, permitMs)
  redis.call('ZADD', KEYS[2], now, KEYS[3])
  redis.call('EXPIRE', KEYS[2], 86400)
end
local waiting = ask.waiting - grants
if waiting > 0 then
  redis.call('HSET', queue, ask.process, waiting .. ' ' .. now + mostWaitMs + 1000)
  redis.call('EXPIRE', queue, 60)
elseif ask.waiting > 0 then redis.call('HDEL', queue, ask.process) end
for _, name in ipairs(ask.names) do
  redis.call('HSET', key .. ':names', name, now)
  redis.call('EXPIRE', key .. ':names', 86400)
end
return { math.ceil(waitMs), unpack(granted) }
`

/** Asks Redis for turns of one account; rejects when Redis does not answer. */
export type Asker = (accountHash: string, ask: Ask) => Promise<Reply>

/** Puts the script into a connection. */
export function createAsker(redis: Redis, prefix: string): Asker {
  redis.defineCommand('paceRequests', { numberOfKeys: 3, lua: script })
  // defineCommand adds a method that the type of the connection does not tell of.
  const pace = redis as unknown as { paceRequests(...args: readonly string[]): Promise<readonly number[]> }
  const index = indexKey(prefix)
  return async (hash, ask) => {
    const [waitMs = 0, ...granted] = await pace.paceRequests(keyOf(prefix, hash), index, hash, JSON.stringify(ask))
    return { waitMs, granted: granted.map(each => each === 1) }
  }
}

/** Where the state of an account stands. */
export function keyOf(prefix: string, accountHash: string): string {
  return `${prefix}:pacing:${accountHash}`
}

/** Where all accounts stand that were used of late. */
export function indexKey(prefix: string): string {
  return `${prefix}:pacing`
}
