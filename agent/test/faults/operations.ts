import type { Sandbox, SandboxOptions } from '../../../connectors/bigcommerce/sandbox/sandbox.ts'
import type { DataRecord } from '../../../connectors/sdk/connector.ts'
import type { TestHome } from '../agent-process.ts'

/** What an operation has done to its target, as the target tells it. */
export interface Effects {
  /** How often each record of the source is there, in source order; a change or a deletion is there once or not at all. */
  readonly applied: readonly number[]
  /** Changes of the target that no record of the source asked for. */
  readonly strangers: number
}

/** A kind of operation that has to survive faults. */
export interface OperationKind {
  readonly name: string
  readonly store: SandboxOptions
  /** The requests that matter to it: the writes, or the reads of a query. */
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  /** About how many of these requests a run makes when nothing goes wrong; traps are set among them. */
  readonly requests: number
  /** The most records on their way to the target at the same time. */
  readonly inFlight: number
  /** The records of the source, made for a seed. */
  records(seed: number, store: Sandbox): readonly DataRecord[]
  /** Source and target as an operation file has them. */
  readonly definition: string
  effects(records: readonly DataRecord[], place: { readonly store: Sandbox; readonly home: TestHome }): Promise<Effects>
}

const fromFile = 'source: { connection: files, activity: Read, options: { path: in.ndjson } }\n'
const toStore = (activity: string, options: string) =>
  `${fromFile}target: { connection: shop, activity: ${activity}, options: { ${options} } }\n`
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
const usualStore: SandboxOptions = { products: 100, customers: 20, orders: 5, plan: 'unlimited', latencyMs: 50 }
const productsPath = '/v3/catalog/products'

/** One POST a record; the store refuses a name or sku that is there. */
export const createProducts: OperationKind = {
  name: 'create products',
  store: usualStore,
  method: 'POST',
  path: productsPath,
  requests: 150,
  inFlight: 10,
  definition: toStore('Create', 'object: products'),
  records: seed =>
    numbers(150).map(number => ({
      name: `Fault ${seed} ${number}`,
      sku: `F-${seed}-${number}`,
      type: 'physical',
      weight: 1,
      price: number,
    })),
  effects: async (records, { store }) => countByField(records, store.records('products'), 'sku', /^F-/),
}

/** Ten records a POST, all or none. */
export const createCustomers: OperationKind = {
  name: 'create customers',
  store: usualStore,
  method: 'POST',
  path: '/v3/customers',
  requests: 18,
  inFlight: 30,
  definition: toStore('Create', 'object: customers'),
  records: seed =>
    numbers(180).map(number => ({
      email: `fault-${seed}-${number}@example.com`,
      first_name: 'Fault',
      last_name: String(number),
    })),
  effects: async (records, { store }) => countByField(records, store.records('customers'), 'email', /^fault-/),
}

/** One POST a record, and nothing that the store would know it again by: a doubled one is a second review. */
export const createReviews: OperationKind = {
  name: 'create reviews',
  store: usualStore,
  method: 'POST',
  path: `${productsPath}/`,
  requests: 150,
  inFlight: 10,
  definition: toStore('Create', 'object: products, subObject: reviews'),
  records: (seed, store) =>
    numbers(150).map(number => ({
      product_id: Number(store.keys('products')[0]),
      title: `fault ${seed} ${number}`,
      text: 'as expected',
      status: 'approved',
      rating: 5,
      name: 'Fault',
      email: 'fault@example.com',
      date_reviewed: '2026-01-01T00:00:00Z',
    })),
  effects: async (records, { store }) => countByField(records, store.records('products/reviews'), 'title', /^fault /),
}

/** Ten records a PUT; applied twice it does what it does once. */
export const updateProducts: OperationKind = {
  name: 'update products',
  store: { ...usualStore, products: 200 },
  method: 'PUT',
  path: productsPath,
  requests: 18,
  inFlight: 10,
  definition: toStore('Update', 'object: products'),
  records: (seed, store) =>
    numbers(180).map(number => ({
      id: Number(store.keys('products')[number - 1]),
      search_keywords: `fault ${seed} ${number}`,
    })),
  effects: async (records, { store }) => countByField(records, store.records('products'), 'search_keywords', /^fault /),
}

/** Up to 250 ids a DELETE; the others have to stay. */
export const deleteProducts: OperationKind = {
  name: 'delete products',
  store: { ...usualStore, products: 2_000, latencyMs: 150 },
  method: 'DELETE',
  path: productsPath,
  requests: 6,
  inFlight: 250,
  definition: toStore('Delete', 'object: products'),
  records: (seed, store) =>
    store
      .keys('products')
      .slice(seed % 100, 1_500 + (seed % 100))
      .map(id => ({ id: Number(id) })),
  async effects(records, { store }) {
    const there = new Set(store.records('products').map(({ id }) => id))
    const applied = records.map(({ id }) => (there.has(id) ? 0 : 1))
    const isGone = applied.filter(count => count === 1).length
    return { applied, strangers: 2_000 - there.size - isGone }
  },
}

/** Pages of the store into a file, which holds each product once, in order. */
export const queryProducts: OperationKind = {
  name: 'query to file',
  store: { ...usualStore, products: 5_000, latencyMs: 80 },
  method: 'GET',
  path: productsPath,
  requests: 20,
  inFlight: 0,
  definition: `source: { connection: shop, activity: Query, options: { object: products, readAhead: 2 } }
transformation: { fields: { id: id } }
target: { connection: files, activity: Write, options: { path: out.ndjson } }
`,
  records: (_seed, store) => store.records('products').map(({ id }) => ({ id: Number(id) })),
  async effects(records, { home }) {
    const text = await home.read('files/out.ndjson').catch(() => '')
    const lines = text.split('\n').filter(line => line !== '')
    return countByField(
      records,
      lines.map(line => JSON.parse(line) as DataRecord),
      'id',
      /./,
    ) // our own file
  },
}

/** Counts records by what marks them; what is marked but not asked for is a stranger. */
function countByField(
  records: readonly DataRecord[],
  rows: readonly { readonly [field: string]: unknown }[],
  field: string,
  mark: RegExp,
): Effects {
  const counts = new Map<string, number>()
  for (const row of rows) {
    const value = String(row[field] ?? '')
    if (mark.test(value)) counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  const applied = records.map(record => counts.get(String(record[field])) ?? 0)
  const known = new Set(records.map(record => String(record[field])))
  return { applied, strangers: [...counts.keys()].filter(value => !known.has(value)).length }
}
