import { describe, expect, test } from '@jest/globals'
import { shareRedis } from '../../test/shared-redis.ts'
import { arithmetic } from './arithmetic.ts'

const shared = shareRedis()

/** Quota 150 in 30 s; the window ends at 130,000 and has been watched well: nobody else was there before. */
const state = {
  ...{ quota: 150, windowMs: 30_000, endsAt: 130_000, left: 150, seenAt: 100_000, used: 0, others: 0 },
  ...{ sureOthers: 0, sureAt: 100_000 },
  ...{ pastOthers: 0, pastMs: 20_000, silent: 0, openedAt: 0 },
}
type State = typeof state

async function lua(work: string, ...values: readonly unknown[]): Promise<unknown> {
  const script = `${arithmetic}
local s, a, b, c = unpack(cjson.decode(ARGV[1]))
${work}`
  return JSON.parse((await shared.redis.eval(script, 0, JSON.stringify(values))) as string) // the script gives JSON
}

const room = (changes: Partial<State>, now: number, flying = 0) =>
  lua('local room, again = roomOf(s, a, b) return cjson.encode({room, again})', { ...state, ...changes }, now, flying)

const noted = async (changes: Partial<State>, report: object, now: number, flying = 0) =>
  (await lua(
    'note(s, a, b, c) return cjson.encode(s)',
    { ...state, ...changes },
    { quota: 150, windowMs: 30_000, ageMs: 0, ...report },
    now,
    flying,
  )) as State // what note makes of the state

describe('the room in a window', () => {
  test.each<[string, Partial<State>, number, number, number]>([
    ['all of a window where nobody else is', {}, 100_000, 0, 150],
    ['less what is on its way', { left: 20 }, 101_000, 5, 15],
    ['two thirds of the first window, until it has been watched', { pastMs: 0 }, 100_000, 0, 100],
    ['all but one of the first window, when it has been watched', { pastMs: 0 }, 103_000, 0, 149],
    ['all of the first window in its second half', { pastMs: 0, left: 1 }, 115_000, 0, 1],
    ['not what strangers are likely to want', { pastOthers: 50, pastMs: 30_000 }, 100_000, 0, 96],
    [
      'less for strangers, the nearer the end',
      { pastOthers: 50, pastMs: 30_000, seenAt: 128_000, left: 10 },
      128_000,
      0,
      6,
    ],
    [
      'the last one too, when no stranger comes before the end',
      { pastOthers: 50, pastMs: 30_000, seenAt: 129_999, left: 3 },
      129_999,
      0,
      2,
    ],
    [
      'nothing when they may have taken it since',
      { pastOthers: 50, pastMs: 30_000, seenAt: 126_000, left: 8 },
      129_900,
      0,
      0,
    ],
    [
      'one request of an account nobody knows',
      { quota: 0, windowMs: 0, endsAt: 0, left: -1, openedAt: 100_000 },
      100_000,
      0,
      1,
    ],
    [
      'more of it with each answer that says nothing',
      { quota: 0, windowMs: 0, endsAt: 0, left: -1, openedAt: 100_000, silent: 3 },
      100_000,
      1,
      3,
    ],
    ['a few right after a window ended', { left: -1, openedAt: 130_020 }, 130_020, 0, 9],
    ['one when the last window ended long ago', { left: -1, openedAt: 190_000 }, 190_000, 0, 1],
    ['more when the first answer of a window does not come', { left: -1, openedAt: 190_000 }, 192_500, 1, 2],
  ])('is %s', async (_name, changes, now, flying, expected) => {
    const [found] = (await room(changes, now, flying)) as [number]

    expect(found).toBe(expected)
  })

  test('is asked for again when the window ends, when nothing can change before', async () => {
    expect(await room({ left: 0 }, 101_000)).toEqual([0, 29_015])
  })

  test('is asked for again soon, while answers are on their way or strangers are about', async () => {
    expect(await room({ left: 3 }, 101_000, 3)).toEqual([0, 50])
    expect(await room({ left: 0, pastOthers: 50 }, 101_000)).toEqual([expect.any(Number), 250])
  })
})

describe('what an answer says', () => {
  test.each<[string, Partial<State>, object, number, Partial<State>]>([
    [
      'opens an account',
      { quota: 0, windowMs: 0, endsAt: 0, left: -1 },
      { remaining: 149, resetMs: 30_000 },
      100_000,
      { quota: 150, left: 149, endsAt: 130_000 },
    ],
    ['lowers what is left', { left: 50 }, { remaining: 40, resetMs: 20_000 }, 110_000, { left: 40, seenAt: 110_000 }],
    ['never raises it', { left: 40 }, { remaining: 50, resetMs: 20_000 }, 110_000, { left: 40 }],
    [
      'brings the end nearer, never farther',
      { left: 40 },
      { remaining: 40, resetMs: 19_900 },
      110_000,
      { endsAt: 129_900 },
    ],
    [
      'counts from when it came',
      { left: 40 },
      { remaining: 39, resetMs: 20_000, ageMs: 100 },
      110_050,
      { endsAt: 129_950, seenAt: 109_950 },
    ],
    [
      'shows strangers',
      { left: 100, used: 20 },
      { remaining: 90, resetMs: 20_000 },
      110_000,
      { others: 40, sureOthers: 40 },
    ],
    [
      'starts the next window',
      { left: 0, used: 150 },
      { remaining: 149, resetMs: 30_000 },
      130_100,
      { left: 149, endsAt: 160_100, used: 0, others: 1 },
    ],
    [
      'of the window before is no word on this one',
      { left: 140, endsAt: 160_000 },
      { remaining: 0, resetMs: 10 },
      130_200,
      { left: 140, endsAt: 160_000 },
    ],
    [
      'of the window before does not open the next',
      { left: -1, openedAt: 130_020 },
      { remaining: 1, resetMs: 1 },
      130_030,
      { left: -1 },
    ],
    [
      'that no window is running opens none',
      { left: -1, openedAt: 130_020 },
      { remaining: 150, resetMs: 30_000 },
      130_030,
      { left: -1, silent: 1 },
    ],
  ])('%s', async (_name, before, report, now, after) => {
    expect(await noted(before, report, now)).toMatchObject(after)
  })

  test('does not tell how many strangers there are while ours are on their way', async () => {
    const after = await noted({ left: 100, used: 20 }, { remaining: 90, resetMs: 20_000 }, 110_000, 20)

    expect(after).toMatchObject({ others: 40, sureOthers: 0, sureAt: 100_000 })
  })

  test('keeps what was seen of strangers for the next window, older sights count half', async () => {
    const after = await noted(
      { left: 0, sureOthers: 40, sureAt: 120_000, pastOthers: 20, pastMs: 10_000 },
      { remaining: 149, resetMs: 30_000 },
      130_100,
    )

    expect(after).toMatchObject({ pastOthers: 50, pastMs: 25_000 })
  })

  test('forgets strangers of long ago', async () => {
    const after = await noted({ left: 0, sureOthers: 40 }, { remaining: 149, resetMs: 30_000 }, 630_100)

    expect(after.pastOthers).toBe(0)
  })
})
