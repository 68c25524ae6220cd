import { describe, expect, test } from '@jest/globals'
import { type RunDeath, type RunDeaths, whyGivenUp } from './run-death.ts'

const death = (code: string, isToBlame = true): RunDeath => ({ code, message: 'it broke', isToBlame })
const died = (deaths: Partial<RunDeaths>): RunDeaths => ({ inVain: 0, outOfMemory: 0, last: undefined, ...deaths })

describe('whyGivenUp', () => {
  test.each<readonly [string, number, RunDeaths]>([
    ['was never taken', 0, died({})],
    ['was taken a few times', 4, died({})],
    ['killed its runner once', 1, died({ inVain: 1, last: death('RUNNER_SILENT') })],
    ['ran out of memory once', 1, died({ inVain: 1, outOfMemory: 1, last: death('RUNNER_OUT_OF_MEMORY') })],
    ['was there when a connector failed', 1, died({ last: death('CONNECTOR_FAULT', false) })],
    ['was there when others ran out of memory', 3, died({ inVain: 2, last: death('RUNNER_OUT_OF_MEMORY', false) })],
  ])('lets a run go on that %s', (_what, takesInVain, deaths) => {
    expect(whyGivenUp(takesInVain, deaths)).toBeUndefined()
  })

  test.each<readonly [string, string, number, RunDeaths]>([
    ['CONNECTOR_FAULT', 'it broke', 1, died({ inVain: 1, last: death('CONNECTOR_FAULT') })],
    [
      'RUNNER_SILENT',
      'given up, as its runner died of it 2 times, now: it broke',
      2,
      died({ inVain: 2, last: death('RUNNER_SILENT') }),
    ],
    [
      'RUNNER_OUT_OF_MEMORY',
      'given up, as its runner died of it 2 times, now: it broke',
      1,
      died({ inVain: 1, outOfMemory: 2, last: death('RUNNER_OUT_OF_MEMORY') }),
    ],
    [
      'RUN_INTERRUPTED',
      'given up: its runner died 5 times without getting any further, the last time: it broke',
      5,
      died({ last: death('RUN_LOST', false) }),
    ],
    [
      'RUN_INTERRUPTED',
      'given up: its runner died 5 times without getting any further, nobody could say why; look into the agent logs',
      5,
      died({}),
    ],
  ])('ends a run with %s: %s', (code, message, takesInVain, deaths) => {
    expect(whyGivenUp(takesInVain, deaths)).toEqual({ code, message })
  })
})
