import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import type { ConformanceSamples } from '../../connectors/sdk/conformance.ts'
import { connectionRules } from '../../connectors/sdk/conformance-connection.ts'
import { sourceRules } from '../../connectors/sdk/conformance-source.ts'
import { targetRules } from '../../connectors/sdk/conformance-target.ts'
import { bigcommercePage, localStoragePage, sdkPage, variablePage } from './connectors.ts'

const root = join(import.meta.dirname, '..', '..', '..')

function emptyPage(...parts: readonly string[]): string {
  return parts.map(part => `<!-- ${part}: begin (generated) -->\n<!-- ${part}: end -->\n`).join('')
}

describe('bigcommercePage', () => {
  const page = bigcommercePage(emptyPage('settings', 'activities', 'objects', 'not covered'))

  test('tells which settings are needed, secret and advanced', () => {
    expect(page).toContain('| `accessToken` | string | yes | Access Token. Access token of the API account. Secret. |')
    expect(page).toMatch(/\| `apiUrl` \| string \| no \| .* Advanced\. \|/)
  })

  test('tells options with their ranges and choices', () => {
    expect(page).toContain(
      '| `pageSize` | integer, 1 to 250 | no | Records per request; default 250, or `limit` when that is less. |',
    )
    expect(page).toContain('| `direction` | `asc`, `desc` | no | Default asc. |')
  })

  test('tells what can be done with each object, in how large portions and with which scopes', () => {
    expect(page).toMatch(
      /\| `products` \| `\/v3\/catalog\/products` \| list, by key \| 1 per request \| 10 per request, 1 per request \|/,
    )
    expect(page).toMatch(/\| `orders` \| `\/v2\/orders` \|.* all, guarded.*`store_v2_orders_read_only`/)
  })

  test('tells what is left out', () => {
    expect(page).toContain('| `/v3/pricing/products` | POST | command |')
  })
})

describe('localStoragePage', () => {
  test('shows options that stand inside others by their path', () => {
    expect(localStoragePage(emptyPage('settings', 'activities'))).toContain('| `csv.columns` | list of string | no |')
  })
})

describe('variablePage', () => {
  test('says so when there are no settings', () => {
    expect(variablePage(emptyPage('settings', 'activities'))).toContain('begin (generated) -->\n\nNone.\n')
  })
})

describe('sdkPage', () => {
  test('tells whether a code is retried', () => {
    expect(sdkPage(emptyPage('codes'))).toMatch(/\| `RATE_LIMITED` \| .* \| yes \|/)
  })
})

describe('the page of the SDK', () => {
  test('explains every rule of the contract', () => {
    const sample = { activity: '', options: {}, records: [], expected: [] }
    const samples: ConformanceSamples = { settings: {}, badSettings: [{}], deadSettings: {}, reads: [], writes: [] }
    const rules = [...connectionRules(samples), ...sourceRules(sample), ...targetRules(sample)].map(each => each.rule)
    const [, table = ''] = readFileSync(join(root, 'connectors/sdk/README.md'), 'utf8').split('## Conformance')
    const explained = [...table.matchAll(/^\| `([a-z-]+)` /gm)].map(([, rule]) => rule)

    expect(explained.sort()).toEqual([...new Set(['shape', ...rules])].sort())
  })
})
