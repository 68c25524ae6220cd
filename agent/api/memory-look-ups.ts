import { ConnectorError } from '../../connectors/sdk/errors.ts'
import { AgentError } from '../errors.ts'
import type { AgentControl } from './control.ts'
import type { ObjectList } from './look-ups.ts'

const shop = { connection: 'shop', connector: 'bigcommerce', version: '0.1.0' } as const

const objects: ObjectList['objects'] = [
  { name: 'products', label: 'Products', activities: ['Query', 'Create'] },
  { name: 'images', label: 'Images', parent: 'products', activities: ['Query'] },
  { name: 'coupons', label: 'Coupons', activities: ['Query'], deprecated: true },
]

const product = {
  type: 'object',
  required: ['name'],
  properties: {
    id: { type: 'integer', readOnly: true },
    name: { type: 'string', maxLength: 250 },
    price: { type: ['number', 'null'], minimum: 0 },
    state: { enum: ['new', 'used'], type: 'string' },
    images: { type: 'array', items: { $ref: '#/$defs/image' } },
  },
  $defs: { image: { type: 'object', properties: { url: { type: 'string' } } } },
}

const options = { type: 'object', properties: { object: { type: 'string' }, filters: { type: 'object' } } }

/** Look-ups over the connection `shop`, in memory: three objects, and as many products as wanted. */
export function createMemoryLookUps(): Pick<AgentControl, 'objects' | 'schemas' | 'query'> {
  return {
    async objects(connection, filter = '') {
      check(connection)
      return { ...shop, objects: objects.filter(({ name }) => name.includes(filter)) }
    },
    async schemas(connection, { activity = 'Query', object, subObject }) {
      check(connection, subObject ?? object)
      const what = { ...shop, activity, object, ...(subObject === undefined ? {} : { subObject }), options }
      return activity === 'Create' ? { ...what, request: product } : { ...what, response: product }
    },
    async query(connection, { activity = 'Query', options: asked, limit }) {
      check(connection, (asked as { readonly object: string }).object) // tests name one
      const records = Array.from({ length: limit }, (_, index) => ({
        id: index + 1,
        name: `Product ${index + 1}`,
        images: [{ url: 'a' }, { url: 'b' }],
        asked,
      }))
      return { ...shop, activity, records }
    },
  }
}

function check(connection: string, object = 'products'): void {
  if (connection !== 'shop') {
    throw new AgentError('CONNECTION_NOT_FOUND', `the project has no connection "${connection}"`)
  }
  if (objects.some(({ name }) => name === object)) return
  throw new ConnectorError('OBJECT_UNKNOWN', `there is no object "${object}", did you mean "products"?`)
}
