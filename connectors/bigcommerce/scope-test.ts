import type { ConnectionCheck, ConnectionUse, RunContext } from '../sdk/connector.ts'
import { ConnectorError } from '../sdk/errors.ts'
import type { Patience, StoreClient } from './client.ts'
import { type NeededScope, neededScopes } from './scopes.ts'

/** What the scopes of a token were found to be. */
export interface ScopeFindings {
  readonly checks: readonly ConnectionCheck[]
  /** Scopes that are needed and not granted. */
  readonly missing: readonly string[]
}

/** Objects whose reading tells of the rights most worth withholding; more probes would cost more quota than they tell. */
const telltales: readonly ConnectionUse[] = [
  { activity: 'Query', object: 'products' },
  { activity: 'Query', object: 'orders' },
  { activity: 'Query', object: 'customers' },
  { activity: 'Query', object: 'pages' },
  { activity: 'Query', object: 'coupons' },
]

/**
 * Compares the scopes of the token with those that are needed, by one cheap GET for each: nothing is changed, so that a
 * scope to change something is only seen to permit reading.
 */
export async function testScopes(
  uses: readonly ConnectionUse[],
  { client, context, patience }: { client: StoreClient; context: RunContext; patience: Patience },
): Promise<ScopeFindings> {
  const needed = neededScopes(uses)
  if (needed.length === 0) return { checks: [], missing: [] }
  const rights = new Set(needed.map(({ scope }) => rightOf(scope)))
  const others = neededScopes(telltales).filter(({ scope }) => !rights.has(rightOf(scope)))
  const probed = await Promise.all(
    [...needed, ...others].map(async scope => ({ scope, outcome: await probe(scope, { client, context, patience }) })),
  )
  const own = probed.slice(0, needed.length)
  const spare = probed.slice(needed.length).filter(({ outcome }) => outcome.tag === 'granted')
  return {
    checks: [...own.map(({ scope, outcome }) => checkOf(scope, outcome)), ...spareCheck(spare.map(each => each.scope))],
    missing: own.filter(({ outcome }) => outcome.tag === 'refused').map(({ scope }) => scope.scope),
  }
}

function rightOf(scope: string): string {
  return scope.replace(/_read(_only)?$/, '')
}

type Outcome =
  | { readonly tag: 'granted' }
  | { readonly tag: 'refused' }
  | { readonly tag: 'unclear'; readonly reason: string }

async function probe(
  { probe: path }: NeededScope,
  { client, context, patience }: { client: StoreClient; context: RunContext; patience: Patience },
): Promise<Outcome> {
  if (path === undefined) return { tag: 'unclear', reason: 'nothing can be read with it' }
  try {
    await client.get(path, context, patience)
    return { tag: 'granted' }
  } catch (thrown) {
    if (!(thrown instanceof ConnectorError)) throw thrown
    if (thrown.code === 'PERMISSION_DENIED') return { tag: 'refused' }
    // The record that was asked for is known not to be there.
    if (thrown.code === 'NOT_FOUND' && path.includes('/0')) return { tag: 'granted' }
    return { tag: 'unclear', reason: thrown.message }
  }
}

function checkOf({ scope, changes, neededFor }: NeededScope, outcome: Outcome): ConnectionCheck {
  const name = `scope ${scope}`
  const purpose = `needed for ${neededFor.join(', ')}`
  switch (outcome.tag) {
    case 'granted': {
      const seen = changes ? 'permits reading; whether also changes, shows only the first write' : 'granted'
      return { name, status: 'passed', message: `${seen} (${purpose})` }
    }
    case 'refused':
      return { name, status: 'failed', message: `not granted, but ${purpose}; give it to the API account` }
    case 'unclear':
      return { name, status: 'warning', message: `cannot be checked: ${outcome.reason} (${purpose})` }
    default:
      return outcome satisfies never
  }
}

function spareCheck(spare: readonly NeededScope[]): readonly ConnectionCheck[] {
  if (spare.length === 0) return []
  const names = spare.map(({ scope, neededFor }) => `${neededFor.join(', ').replaceAll('Query ', '')} (${scope})`)
  const message = `also readable, not needed by any operation: ${names.join(', ')}; a token without is safer`
  return [{ name: 'other scopes', status: 'passed', message }]
}
