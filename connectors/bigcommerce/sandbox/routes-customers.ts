import type { Row } from './data/collection.ts'
import type { StoreRecords } from './data/store.ts'
import { fieldFilters, idFilters, madeFilters, parentFilters } from './filter.ts'
import type { ListV3 } from './list-v3.ts'
import { listRoute } from './route-kinds.ts'
import type { Route } from './router.ts'
import { sortsBy } from './selection.ts'

const scopes = ['store_v2_customers']
const all = ['GET', 'POST', 'PUT', 'DELETE']

/** The routes of the customers. There is no route of a single one: that is a list with `id:in`. */
export function customerRoutes(records: StoreRecords): readonly Route[] {
  return [
    listRoute('/customers', customerList(records), all, scopes),
    listRoute('/customers/addresses', addressList(records), all, scopes),
  ]
}

function customerList({ customers }: StoreRecords): ListV3 {
  return {
    collection: customers,
    controls: ['page', 'limit', 'sort', 'include', 'before', 'after'],
    isDirectionInSort: true,
    sorts: { ...sortsBy('last_name date_modified'), date_created: 'as-ids' },
    filters: {
      ...idFilters('id', 'in'),
      ...fieldFilters('company', 'text', 'in'),
      ...fieldFilters('customer_group_id', 'integer', 'in'),
      ...fieldFilters('email', 'choice', 'in'),
      ...fieldFilters('name', 'text', 'in like_any', fullName),
      ...fieldFilters('phone', 'text', 'in'),
      ...fieldFilters('registration_ip_address', 'text', 'in'),
      ...fieldFilters('date_created', 'date', 'eq'),
      ...madeFilters('date_created:min', 'date_created:max'),
      ...fieldFilters('date_modified', 'date', 'eq min max'),
    },
  }
}

function addressList({ addresses }: StoreRecords): ListV3 {
  return {
    collection: addresses,
    controls: ['page', 'limit', 'include'],
    filters: {
      ...idFilters('id', 'in'),
      ...parentFilters('customer_id', 'in'),
      ...fieldFilters('company', 'text', 'in'),
      ...fieldFilters('name', 'text', 'in', fullName),
    },
  }
}

/** Both names put together, as the filters on the name see them. */
function fullName(row: Row): string {
  return `${row['first_name']} ${row['last_name']}`
}
