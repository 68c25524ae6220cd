import { describe, expect, test } from '@jest/globals'
import { type DebugSwitch, readSwitches, switchFor, switchText, tableOf } from './debug-switches.ts'

const now = Date.parse('2026-11-25T12:00:00.000Z')
const until = '2026-11-25T13:00:00.000Z'
const usual = { until, children: false, scope: 'agent' } as const
const run = { runId: 'r', operation: 'orders', ancestors: () => ['nightly', 'all'] }

describe('switchFor', () => {
  test.each<[string, DebugSwitch, boolean]>([
    ['its operation', { ...usual, target: { tag: 'operation', name: 'orders' } }, true],
    ['another operation', { ...usual, target: { tag: 'operation', name: 'nightly' } }, false],
    ['an ancestor with children', { ...usual, children: true, target: { tag: 'operation', name: 'all' } }, true],
    ['the run', { ...usual, target: { tag: 'run', runId: 'r' } }, true],
    ['another run', { ...usual, target: { tag: 'run', runId: 'orders' } }, false],
    ['the agent', { ...usual, target: { tag: 'agent' } }, true],
    ['what has fallen back', { ...usual, until: '2026-11-25T11:59:59.999Z', target: { tag: 'agent' } }, false],
  ])('says of a switch for %s whether it takes the run', (_, one, isTaken) => {
    expect(switchFor(run, [one], now)).toEqual(isTaken ? one : undefined)
  })

  test('chooses the one that holds longest', () => {
    const long: DebugSwitch = { ...usual, until: '2026-11-26T00:00:00.000Z', target: { tag: 'agent' } }
    const short: DebugSwitch = { ...usual, target: { tag: 'run', runId: 'r' } }

    expect(switchFor(run, [short, long, short], now)).toEqual(long)
  })

  test('does not look for ancestors unless a switch takes children', () => {
    const ancestors = () => {
      throw new Error('asked')
    }
    const table: DebugSwitch[] = [{ ...usual, target: { tag: 'operation', name: 'nightly' } }]

    expect(switchFor({ ...run, ancestors }, table, now)).toBeUndefined()
  })
})

describe('readSwitches', () => {
  test('takes what it knows and leaves the rest out', () => {
    const read = readSwitches({
      'operation:My orders': { until, children: true },
      'run:r-1': { until },
      agent: { until, of: 'later' },
      connector: { until },
      'operation:': { until },
      'run:x': { until: 'soon' },
      'run:y': null,
    })

    expect(tableOf('group', read)).toEqual([
      { target: { tag: 'operation', name: 'My orders' }, until, children: true, scope: 'group' },
      { target: { tag: 'run', runId: 'r-1' }, until, children: false, scope: 'group' },
      { target: { tag: 'agent' }, until, children: false, scope: 'group' },
    ])
  })
})

describe('switchText', () => {
  test('says what is switched on and by whom', () => {
    const target = { tag: 'operation', name: 'orders' } as const

    expect(switchText({ target, children: true, scope: 'group' })).toBe(
      'operation "orders" and its children, for the group',
    )
    expect(switchText({ ...usual, target: { tag: 'agent' } })).toBe('everything, on this agent')
  })
})
