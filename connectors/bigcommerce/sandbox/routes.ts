import { json } from './answer.ts'
import { storeProfile } from './data/profile.ts'
import type { StoreRecords } from './data/store.ts'
import { fieldFilters } from './filter.ts'
import type { Ledger } from './generic/change.ts'
import { catalogue } from './generic/ledger.ts'
import { genericRoutes } from './generic/routes.ts'
import { unsupportedField } from './list-v2.ts'
import type { PlanName } from './quota.ts'
import { listRoute } from './route-kinds.ts'
import type { Route } from './router.ts'
import { catalogRoutes } from './routes-catalog.ts'
import { customerRoutes } from './routes-customers.ts'
import { orderRoutes } from './routes-orders.ts'
import type { Switches } from './switches.ts'

/** What the routes of a store depend on besides its records. */
export interface RouteSettings {
  readonly storeHash: string
  readonly plan: PlanName
  readonly switches: Switches
}

/** Every route the sandbox knows. What is written by hand reads before what is made from the catalogue. */
export function createRoutes(ledger: Ledger, settings: RouteSettings): readonly Route[] {
  const { records } = ledger
  const byHand = [
    ...informationRoutes(settings),
    ...catalogRoutes(records),
    channelList(records),
    ...customerRoutes(records),
    ...orderRoutes(records.orders, ledger.resources.get('orders').shelf),
  ]
  const generic = new Map(genericRoutes(catalogue, ledger).map(route => [placeOf(route), route]))
  const merged = byHand.map(route => {
    const made = generic.get(placeOf(route))
    generic.delete(placeOf(route))
    return made === undefined ? route : merge(route, made)
  })
  return [...merged, ...generic.values()]
}

function placeOf({ version, path }: Route): string {
  return version + path.replaceAll('{key}', '{id}')
}

function merge(byHand: Route, made: Route): Route {
  return {
    ...made,
    ...byHand,
    readScopes: byHand.readScopes ?? [],
    methods: [...new Set([...byHand.methods, ...made.methods])],
    write: { ...made.write, ...byHand.write },
  }
}

function informationRoutes({ storeHash, plan, switches }: RouteSettings): readonly Route[] {
  const scopes = ['store_v2_information']
  return [
    bare('/time', switches.timeNeedsScope ? scopes : [], now => ({ time: Math.floor(now.getTime() / 1000) })),
    bare('/store', scopes, () => storeProfile(storeHash, plan)),
  ]
}

function bare(path: string, scopes: readonly string[], value: (now: Date) => unknown): Route {
  const get: Route['get'] = ({ query, tools }) => {
    const unknown = query.find(([name]) => name !== '')
    return unknown === undefined ? json(200, value(tools.now)) : unsupportedField(unknown[0])
  }
  return { version: 'v2', path, methods: ['GET'], scopes, get }
}

function channelList({ channels }: StoreRecords): Route {
  return listRoute(
    '/channels',
    {
      collection: channels,
      controls: ['page', 'limit', 'include'],
      filters: {
        ...fieldFilters('available', 'boolean', 'eq', () => true),
        ...fieldFilters('status', 'choice', 'in'),
        ...fieldFilters('type', 'choice', 'in'),
        ...fieldFilters('platform', 'choice', 'in'),
        ...fieldFilters('date_created', 'date', 'eq min max'),
        ...fieldFilters('date_modified', 'date', 'eq min max'),
      },
    },
    ['GET', 'POST'],
    ['store_channel_settings', 'store_channel_listings'],
  )
}
