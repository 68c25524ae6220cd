/**
 * How many requests may go out now: the arithmetic of pacing, in Lua, as Redis does it for all agents. Pure functions
 * over a state `s`; times are milliseconds. See docs/decisions for the why.
 *
 * A window begins with the first request after the last one ended, whoever sends it. The state of a window:
 * `quota`, `windowMs`, `endsAt` and `left` by the vendor's answers (`left` -1: nobody has told of this window yet),
 * `seenAt` when `left` was true, `used` requests we sent in it, `others` those of strangers, seen so far: too few while
 * ours are on their way, since nobody knows which of them the vendor has counted. `sureOthers` were seen at `sureAt`, when
 * none was. What is known of strangers from windows before: `pastOthers` in `pastMs` of watching, older ones count
 * half each time.
 */
export const arithmetic = `
-- The vendor's end of a window is told in whole milliseconds; a request must not come before it.
local guardMs = 15

-- So many arrivals are not exceeded 99 times of 100 when x are expected.
local function mostOf(x)
  if x <= 0 then return 0 end
  return math.floor(x + 2.33 * math.sqrt(x) + 0.7)
end

-- How long of the window strangers were watched.
local function watchedMs(s)
  return math.min(s.windowMs, math.max(0, s.sureAt - (s.endsAt - s.windowMs)))
end

local function othersPerMs(s)
  if s.pastOthers + s.sureOthers <= 0.5 then return 0 end
  -- One that came in the first moment does not make a crowd.
  return (s.pastOthers + s.sureOthers - 0.5) / math.max(s.pastMs + watchedMs(s), s.windowMs / 10)
end

-- Ends a window: what was seen of strangers is kept; what is on its way may count in the next one.
local function close(s, now, flying)
  s.pastOthers = s.pastOthers / 2 + s.sureOthers
  s.pastMs = s.pastMs / 2 + math.max(1, watchedMs(s))
  if now - s.endsAt > 10 * s.windowMs then s.pastOthers = 0; s.pastMs = 0 end
  s.left = -1; s.others = 0; s.sureOthers = 0; s.sureAt = 0; s.used = flying; s.openedAt = now
end

local function turn(s, now, flying)
  if s.left >= 0 and now >= s.endsAt + guardMs then close(s, now, flying) end
end

-- Answers overtake each other: in one window the smallest count is the newest truth, the earliest end the nearest one.
local function note(s, report, now, flying)
  local at = now - report.ageMs
  local endsAt = at + report.resetMs
  -- Nothing used although a request was answered: no window is running, so this says nothing of the next one.
  if report.remaining >= report.quota then s.silent = s.silent + 1; return end
  s.quota = report.quota; s.windowMs = report.windowMs
  local isNext = endsAt >= s.endsAt + s.windowMs / 2 and at >= s.endsAt - s.windowMs / 10
  if s.left >= 0 and not isNext then
    if endsAt <= s.endsAt - s.windowMs / 2 then return end
    s.left = math.min(s.left, report.remaining)
    s.endsAt = math.min(s.endsAt, endsAt)
    s.seenAt = math.max(s.seenAt, at)
  else
    -- A late word on the window before; when it is all that is heard for long, it is the truth after all.
    if s.left < 0 and not isNext and at - s.openedAt < s.windowMs / 4 then return end
    if s.left >= 0 then close(s, at, flying) end
    s.left = report.remaining; s.endsAt = endsAt; s.seenAt = at
  end
  s.silent = 0
  s.others = math.max(s.others, s.quota - s.left - s.used)
  if flying == 0 then s.sureOthers = s.others; s.sureAt = s.seenAt end
end

-- How many may go out now, and after how long to ask again when that is none.
local function roomOf(s, now, flying)
  if s.left < 0 then
    local probes = 1 + s.silent + math.max(0, math.floor((now - s.openedAt) / 1000))
    if s.quota > 0 and now - s.endsAt < s.windowMs / 4 then probes = math.max(probes, math.floor(s.quota / 16)) end
    return probes - flying, 20
  end
  local free = s.left - flying
  local rest = math.max(0, s.endsAt - now)
  local perMs = othersPerMs(s)
  -- Until an account has been watched for a while, a third is kept for strangers that may be there.
  local since = flying == 0 and s.windowMs - rest or watchedMs(s)
  local unwatched = s.quota / 3 * math.max(0, 1 - (s.pastMs + since) / (s.windowMs / 10))
  -- Strangers get what they are likely to want until the end; the last of ours is spread, so that we go on watching: the
  -- less, the longer we have watched.
  local spread = perMs > 0 and s.quota / 20 * rest / (s.windowMs + s.pastMs) or 0
  local fair = free - perMs * (s.endsAt - s.seenAt) - unwatched - spread
  -- What they may have sent since the last answer must not make ours the one too many; one may be there unseen.
  local isNew = s.pastMs == 0 and rest > s.windowMs / 2
  local safe = free - mostOf(perMs * (now - s.seenAt + 50)) - (isNew and 1 or 0)
  local again = rest + guardMs
  if flying > 0 then again = math.min(again, 50) end
  if perMs > 0 or unwatched > 0 or isNew then again = math.min(again, math.max(10, math.min(250, s.windowMs / 100))) end
  return math.max(0, math.floor(math.min(fair, safe))), again
end
`
