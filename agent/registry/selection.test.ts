import { describe, expect, test } from '@jest/globals'
import type { Release } from './installed.ts'
import { chooseReleases, type SelectionRules } from './selection.ts'

const installed = (...versions: readonly string[]): readonly Release[] =>
  versions.map(version => ({ name: 'small', version, hash: '0'.repeat(12), directory: `/small/${version}` }))

function choose(versions: readonly string[], range: string | undefined, rules: SelectionRules = {}) {
  const { releases, passedOver } = chooseReleases({ installed: installed(...versions), name: 'small', range, rules })
  return { versions: releases.map(({ version }) => version), passedOver }
}

const failed = { version: '1.2.0', reason: 'crashed' }

describe('chooseReleases', () => {
  test.each<readonly [string, readonly string[], string | undefined, SelectionRules, readonly string[]]>([
    ['the newest first', ['1.9.0', '1.10.0', '1.2.0'], undefined, {}, ['1.10.0', '1.9.0', '1.2.0']],
    ['no prerelease', ['1.0.0', '1.1.0-rc.1'], undefined, {}, ['1.0.0']],
    [
      'a prerelease of a channel',
      ['1.0.0', '1.1.0-rc.1'],
      undefined,
      { allowPrerelease: true },
      ['1.1.0-rc.1', '1.0.0'],
    ],
    ['a prerelease that a range asks for', ['1.0.0', '1.1.0-rc.1'], '1.1.0-rc.1', {}, ['1.1.0-rc.1']],
    ['the range of a connection', ['1.4.2', '1.4.9', '1.5.0'], '1.4.x', {}, ['1.4.9', '1.4.2']],
    ['the pin', ['1.4.2', '1.5.0'], undefined, { pin: '1.4.x' }, ['1.4.2']],
    ['the range rather than the pin', ['1.4.2', '1.5.0'], '1.5.x', { pin: '1.4.x' }, ['1.5.0']],
    ['what is not quarantined', ['1.1.0', '1.2.0'], undefined, { quarantined: [failed] }, ['1.1.0']],
    [
      'an older release while the trusted one is quarantined',
      ['1.1.0'],
      undefined,
      { highestTrusted: '1.2.0', quarantined: [failed] },
      ['1.1.0'],
    ],
    ['an older release that is pinned', ['1.1.0'], undefined, { highestTrusted: '1.2.0', pin: '1.1.0' }, ['1.1.0']],
    ['an older release of a range', ['1.1.0'], '1.1.x', { highestTrusted: '1.2.0' }, ['1.1.0']],
  ])('takes %s', (_what, versions, range, rules, expected) => {
    expect(choose(versions, range, rules).versions).toEqual(expected)
  })

  test('tells the newer versions it passed over, and why', () => {
    const quarantined = [failed, { version: '1.0.0', reason: 'old' }]

    expect(choose(['1.0.0', '1.1.0', '1.2.0'], undefined, { quarantined }).passedOver).toEqual([
      { version: '1.2.0', reason: 'is quarantined: crashed' },
    ])
  })

  test.each<readonly [string, readonly string[], SelectionRules, string, string]>([
    [
      'all that fits is quarantined',
      ['1.2.0'],
      { quarantined: [failed] },
      'CONNECTOR_QUARANTINED',
      'connector small has no usable release: 1.2.0 is quarantined: crashed',
    ],
    [
      'the trusted release was taken away',
      ['1.1.0'],
      { highestTrusted: '1.2.0' },
      'CONNECTOR_DOWNGRADE',
      'connector small 1.1.0 is older than 1.2.0, which was trusted before and is not installed any more',
    ],
    [
      'nothing fits the pin',
      ['1.1.0'],
      { pin: '^2' },
      'CONNECTOR_NOT_FOUND',
      'connector small ^2 is not installed (installed: 1.1.0)',
    ],
  ])('refuses when %s', (_when, versions, rules, code, message) => {
    expect(() => choose(versions, undefined, rules)).toThrow(expect.objectContaining({ code, message }))
  })
})
