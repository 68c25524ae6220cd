import { createStoreRecords } from '../../connectors/bigcommerce/sandbox/data/store.ts'
import { createLedger } from '../../connectors/bigcommerce/sandbox/generic/ledger.ts'
import { plans } from '../../connectors/bigcommerce/sandbox/quota.ts'
import type { Route } from '../../connectors/bigcommerce/sandbox/router.ts'
import { createRoutes } from '../../connectors/bigcommerce/sandbox/routes.ts'
import { defaultSwitches, switches } from '../../connectors/bigcommerce/sandbox/switches.ts'
import { between, code, row } from './configuration.ts'

/** Puts the tables of routes, plans and switches between the markers of the sandbox's page. */
export function sandboxPage(page: string): string {
  const tables: readonly (readonly [name: string, lines: readonly string[]])[] = [
    ['routes', routeLines(routes().filter(({ get }) => get !== undefined))],
    ['unemulated routes', routeLines(routes().filter(({ get }) => get === undefined))],
    ['plans', planLines()],
    ['switches', switchLines()],
  ]
  return tables.reduce((text, [name, lines]) => between(text, name, lines), page)
}

function routes(): readonly Route[] {
  const none = { products: 0, brands: 0, categories: 0, customers: 0, orders: 0 }
  const records = createStoreRecords({ ...none, seed: 1, storeHash: 'sandbox', url: '' })
  return createRoutes(createLedger(records), { storeHash: 'sandbox', plan: 'standard', switches: defaultSwitches })
}

function routeLines(listed: readonly Route[]): readonly string[] {
  return [
    '| path | methods of the service | scope, any of |',
    '| --- | --- | --- |',
    ...listed.map(({ version, path, methods, scopes }) =>
      row([code(`/${version}${path}`), methods.join(', '), scopes.map(code).join(', ') || 'none']),
    ),
  ]
}

function planLines(): readonly string[] {
  return [
    '| plan | requests | in a window of |',
    '| --- | --- | --- |',
    ...Object.entries(plans).map(([name, { quota, windowMs, isUnlimited }]) =>
      row([code(name), isUnlimited === true ? `told ${quota}, never refused` : String(quota), `${windowMs / 1000} s`]),
    ),
  ]
}

function switchLines(): readonly string[] {
  return [
    '| switch | default | other choices | what nobody could verify |',
    '| --- | --- | --- | --- |',
    ...Object.entries(switches).map(([name, { choices, byDefault, meaning }]) => {
      const others = choices.filter(choice => choice !== byDefault).map(choice => code(String(choice)))
      return row([code(name), code(String(byDefault)), others.join(', '), meaning])
    }),
  ]
}
