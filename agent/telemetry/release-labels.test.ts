import { describe, expect, test } from '@jest/globals'
import { releaseLabels } from './release-labels.ts'

const failed = { version: '1.2.0', reason: 'it failed', at: '2026-01-01T00:00:00Z' }

describe('releaseLabels', () => {
  test.each([
    [{}, { '1.1.0': 'installed', '1.0.0': 'installed' }],
    [{ active: '1.1.0' }, { '1.1.0': 'active', '1.0.0': 'installed' }],
    [
      { active: '1.1.0', pin: '1.0.0' },
      { '1.1.0': 'active', '1.0.0': 'pinned' },
    ],
    [{ quarantined: [failed] }, { '1.1.0': 'installed', '1.0.0': 'installed', '1.2.0': 'quarantined' }],
    [
      { active: '1.1.0', quarantined: [{ ...failed, version: '1.1.0' }] },
      { '1.1.0': 'quarantined', '1.0.0': 'installed' },
    ],
  ])('of a connector with %j are %j', (more, states) => {
    const labels = releaseLabels([{ name: 'shop', installed: ['1.1.0', '1.0.0'], quarantined: [], ...more }])

    expect(Object.fromEntries(labels.map(({ version, state }) => [version, state]))).toEqual(states)
    expect(new Set(labels.map(({ connector }) => connector))).toEqual(new Set(['shop']))
  })
})
