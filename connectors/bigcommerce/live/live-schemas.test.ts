import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { ActivitySchemas, RunContext } from '../../sdk/connector.ts'
import { quietContext } from '../../sdk/quiet-context.ts'
import { activityNames } from '../catalogue/activities.ts'
import { catalogue, routesOf } from '../catalogue/objects.ts'
import bigcommerce from '../index.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { type FakeStore, startFakeStore } from '../test/fake-store.ts'
import type { ReadableStore } from '../test/reading.ts'

let store: Sandbox
beforeAll(async () => {
  store = await startSandbox({ products: 6, customers: 4, orders: 4, plan: 'unlimited' })
})
afterAll(() => store.close())

type Wanted = readonly [activity: string, object: string, subObject?: string]

async function schemasFrom(
  { url: apiUrl, storeHash, accessToken }: ReadableStore,
  wanted: readonly Wanted[],
  context: RunContext | 'none' = quietContext(),
): Promise<readonly ActivitySchemas[]> {
  const connection = await bigcommerce.connect({ apiUrl, storeHash, accessToken }, quietContext())
  try {
    const found: ActivitySchemas[] = []
    for (const [activity, object, subObject] of wanted)
      found.push(await connection.schemas(activity, object, subObject, context === 'none' ? undefined : context))
    return found
  } finally {
    await connection.close()
  }
}

/** What a schema says at a path of keywords and names. */
function at(schema: object | undefined, ...path: readonly string[]): ReturnType<typeof JSON.parse> {
  return path.reduce<ReturnType<typeof JSON.parse>>((found, name) => found?.[name], schema)
}

const field = (...names: readonly string[]) => names.flatMap(name => ['properties', name])

describe('schemas over a connection', () => {
  test('hold customers to the attributes of the store, by id and name', async () => {
    const attributes = store.records('customer-attributes')

    const [schemas] = await schemasFrom(store, [['Create', 'customers']])

    const { enum: ids, 'x-choices': choices } = at(
      schemas?.request,
      ...field('attributes'),
      'items',
      ...field('attribute_id'),
    )
    expect(ids).toEqual(attributes.map(({ id }) => id))
    expect(choices[0]).toEqual({ value: 1, name: `${attributes[0]?.['name']}, ${attributes[0]?.['type']}` })
  })

  test('give the names of form fields for customers and for their addresses, and no value', async () => {
    const values = store.records('customer-form-field-values')

    const [schemas] = await schemasFrom(store, [['Create', 'customers']])

    const own = at(schemas?.request, ...field('form_fields'), 'items', ...field('name'))
    const path = [...field('addresses'), 'items', ...field('form_fields'), 'items', ...field('name')]
    expect(own.examples).toEqual([...new Set(values.map(({ name }) => name))])
    expect(at(schemas?.request, ...path).examples).toEqual(own.examples)
    expect(JSON.stringify(schemas)).not.toContain(values[0]?.['value'])
  })

  test.each<[Wanted, readonly string[], readonly unknown[]]>([
    [
      ['Create', 'products'],
      [...field('custom_fields'), 'items', ...field('name')],
      ['Material', 'Use'],
    ],
    [['Create', 'products', 'custom-fields'], field('name'), ['Material', 'Use']],
    [['Update', 'orders'], field('channel_id'), [1]],
    [['Create', 'orders'], field('default_currency_code'), ['USD']],
    [['Create', 'customers'], [...field('channel_ids'), 'items'], [1]],
  ])('tell for %j at %j what the store has', async (wanted, path, expected) => {
    const [schemas] = await schemasFrom(store, [wanted])

    expect(at(schemas?.request, ...path).examples).toEqual(expect.arrayContaining([...expected]))
  })

  test('name order statuses, groups and price lists', async () => {
    const [orders, customers, records] = await schemasFrom(store, [
      ['Query', 'orders'],
      ['Query', 'customers'],
      ['Query', 'price-lists', 'records'],
    ])

    const choices = (schemas: ActivitySchemas | undefined, name: string) =>
      at(schemas?.response, ...field(name), 'x-choices')
    expect(choices(orders, 'status_id')).toContainEqual({ value: 1, name: 'Pending' })
    expect(choices(customers, 'customer_group_id')).toContainEqual({ value: 1, name: 'Retail' })
    expect(choices(records, 'price_list_id')).toContainEqual({
      value: 1,
      name: store.records('price-lists')[0]?.['name'],
    })
  })

  test('give examples for filters too', async () => {
    const [schemas] = await schemasFrom(store, [['Query', 'orders']])

    expect(at(schemas?.options, ...field('filters', 'status_id')).examples).toContain(11)
  })

  test('tell each key of the metafields with its namespace', async () => {
    const [known] = store.records('products/metafields')

    const [schemas] = await schemasFrom(store, [['Create', 'products', 'metafields']])

    expect(at(schemas?.request, ...field('namespace')).examples).toContain(known?.['namespace'])
    expect(at(schemas?.request, ...field('key'), 'x-choices')).toContainEqual({
      value: known?.['key'],
      name: `in ${known?.['namespace']}`,
    })
  })

  test('send nothing without a context, nor for what is known already', async () => {
    const before = store.requestCount
    const { url: apiUrl, storeHash, accessToken } = store
    const connection = await bigcommerce.connect({ apiUrl, storeHash, accessToken }, quietContext())

    const offline = await connection.schemas('Create', 'customers')
    expect(store.requestCount).toBe(before)
    const live = await connection.schemas('Create', 'customers', undefined, quietContext())
    const asked = store.requestCount - before
    await connection.schemas('Create', 'customers', undefined, quietContext())
    await connection.close()

    expect(offline).not.toHaveProperty('request.x-live')
    expect(live).toHaveProperty('request.x-live')
    expect(store.requestCount - before).toBe(asked)
    expect(asked).toBeLessThanOrEqual(4)
  })

  test('keep within five requests for every object and activity, and are told all they ask', async () => {
    const costs = await costsOf(everything())

    expect(costs.filter(({ requests }) => requests > 5)).toEqual([])
    expect(costs.filter(({ unavailable }) => unavailable.length > 0)).toEqual([])
  })
})

function everything(): readonly Wanted[] {
  return catalogue.objects.flatMap(object =>
    activityNames
      .filter(activity => routesOf(object, activity).length > 0)
      .map(
        (activity): Wanted =>
          object.parent === undefined ? [activity, object.name] : [activity, object.parent, object.name],
      ),
  )
}

async function costsOf(all: readonly Wanted[]) {
  const costs: { wanted: Wanted; requests: number; unavailable: readonly unknown[] }[] = []
  for (const wanted of all) {
    const before = store.requestCount
    const [schemas] = await schemasFrom(store, [wanted])
    const told = [schemas?.request, schemas?.response, schemas?.options].flatMap(schema => at(schema, 'x-live') ?? [])
    const unavailable = told.filter(entry => 'unavailable' in entry)
    costs.push({ wanted, requests: store.requestCount - before, unavailable })
  }
  return costs
}

describe('schemas of a store that does not tell', () => {
  let silent: FakeStore | undefined
  afterAll(() => silent?.close())

  test('are those of the documents, and say what was refused', async () => {
    silent = await startFakeStore(path =>
      path === '/v3/channels'
        ? { body: { data: [{ id: 7, name: 'Seven' }], meta: {} } }
        : { status: 403, body: { status: 403, title: 'no such scope' } },
    )

    const [offline] = await schemasFrom(silent, [['Create', 'customers']], 'none')
    const [schemas] = await schemasFrom(silent, [['Create', 'customers']])

    const attribute = [...field('attributes'), 'items', ...field('attribute_id')]
    expect(at(schemas?.request, ...attribute)).toEqual({ type: 'integer' })
    expect(Object.keys(at(schemas?.request, 'properties'))).toEqual(Object.keys(at(offline?.request, 'properties')))
    expect(at(schemas?.request, 'x-live')).toEqual(
      expect.arrayContaining([
        { source: 'channels', found: 1 },
        { source: 'customer attributes', unavailable: expect.stringContaining('403') },
      ]),
    )
  })

  test('end with the signal, not with a schema', async () => {
    const stopped = quietContext({ signal: AbortSignal.abort(new Error('enough')) })

    await expect(schemasFrom(store, [['Create', 'customers']], stopped)).rejects.toThrow('enough')
  })
})
