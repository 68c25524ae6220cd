import type { ObjectFacts } from '../catalogue/facts.ts'
import { fullName } from '../catalogue/objects.ts'
import {
  channels,
  currencies,
  customerAttributes,
  customerGroups,
  customFields,
  formFields,
  type LiveSource,
  metafieldsOf,
  orderStatuses,
  priceLists,
} from './sources.ts'

/** A field that the store can tell more of than the documents. */
export interface Place {
  /** The last names of the path that leads to it; a filter counts without its `:in`. */
  readonly field: readonly string[]
  readonly source: LiveSource
  /** Nothing else is accepted there. */
  readonly isClosed?: true
}

/** A place in the objects named; in all where none are. */
interface PlaceOfObjects extends Place {
  readonly of?: readonly string[]
  readonly notOf?: readonly string[]
}

const table: readonly PlaceOfObjects[] = [
  { field: ['attributes', 'attribute_id'], of: ['customers'], source: customerAttributes, isClosed: true },
  { field: ['attribute_id'], of: ['customer-attribute-values'], source: customerAttributes, isClosed: true },
  { field: ['form_fields', 'name'], source: formFields },
  { field: ['name'], of: ['customer-form-field-values'], source: formFields },
  { field: ['field_name'], of: ['customer-form-field-values'], source: formFields },
  { field: ['custom_fields', 'name'], of: ['products'], source: customFields },
  { field: ['name'], of: ['products/custom-fields'], source: customFields },
  { field: ['status_id'], of: ['orders'], source: orderStatuses },
  { field: ['channel_id'], source: channels },
  { field: ['channel_ids'], source: channels },
  { field: ['currency'], source: currencies },
  { field: ['currency', 'code'], source: currencies },
  // Who makes a currency wants one that is not there.
  { field: ['currency_code'], notOf: ['currencies'], source: currencies },
  { field: ['default_currency_code'], source: currencies },
  { field: ['price_list_id'], source: priceLists },
  { field: ['customer_group_id'], source: customerGroups },
  { field: ['customer', 'group_ids'], of: ['promotions'], source: customerGroups },
]

/** What the store can tell of an object, the most particular first. */
export function placesOf(object: ObjectFacts): readonly Place[] {
  const name = fullName(object)
  const metafields = metafieldsOf(object)
  const own: readonly Place[] =
    metafields === undefined
      ? []
      : [
          { field: ['namespace'], source: metafields.namespaces },
          { field: ['key'], source: metafields.keys },
        ]
  return [...own, ...table.filter(({ of, notOf }) => (of?.includes(name) ?? true) && !notOf?.includes(name))].sort(
    (a, b) => b.field.length - a.field.length,
  )
}
