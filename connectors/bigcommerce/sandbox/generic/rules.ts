import type { Row } from '../data/collection.ts'
import { type Draft, type Refusal, type Rule, refuse } from './change.ts'
import { holds } from './embedded.ts'
import { variantOfSku } from './inventory.ts'
import { catalogRules } from './rules-catalog.ts'
import { customerRules, metafieldTaken } from './rules-customers.ts'
import { orderRules } from './rules-orders.ts'
import { idsUnder } from './store-record.ts'

const plain: Rule = {}
const mostMetafields = 250

const metafields: Rule = {
  unique: [{ fields: ['namespace', 'key'], isUnderParent: true, refusal: metafieldTaken }],
  defaults: { permission_set: 'app_only' },
  batch: 'partial',
  prepare: limitMetafields,
}

const rules: { readonly [name: string]: Rule } = {
  ...catalogRules,
  ...customerRules,
  ...orderRules,
  'price-lists/records': {
    naturalKey: ['variant_id', 'sku', 'currency'],
    batch: 'batch-errors',
    prepare: preparePriceRecord,
  },
  'price-lists/assignments': { naturalKey: ['customer_group_id', 'channel_id'] },
  redirects: { naturalKey: ['from_path', 'site_id'] },
  'sites/routes': { naturalKey: ['type', 'matching'] },
  'settings-search-filters-contexts': { naturalKey: ['channel_id', 'category_id'] },
  'custom-template-associations': { naturalKey: ['channel_id', 'entity_type', 'entity_id'] },
  'tax-products-properties': { naturalKey: ['product_id'] },
  'shipping-products-customs-information': { naturalKey: ['product_id'] },
  locations: { answers: 'transaction' },
  'channels/currency-assignments': { naturalKey: ['channel_id'] },
  carts: holds('carts/items'),
  wishlists: holds('wishlists/items'),
  segments: { batch: 'partial' },
  promotions: { tellsMissing: true },
  'promotions/codes': { tellsMissing: true },
}

/** What sets an object apart; most are like all the others. */
export function ruleOf(name: string): Rule {
  const own = Object.hasOwn(rules, name) ? rules[name] : undefined
  return /metafields$/.test(name) ? { ...metafields, ...own } : (own ?? plain)
}

function limitMetafields(row: Row, { old, change: { resource, parentId } }: Draft): Row | Refusal {
  const { collection } = resource.shelf
  const isFull = old === undefined && parentId !== undefined && idsUnder(collection, parentId).length >= mostMetafields
  return isFull ? refuse(`There cannot be more than ${mostMetafields} metafields`) : row
}

/** Currencies are told in lower case; a sku stands for its variant. */
function preparePriceRecord(row: Row, { change: { ledger } }: Draft): Row | Refusal {
  const variants = ledger.resources.get('products/variants').shelf
  const variantId = Number(row['variant_id'] ?? 0) || variantOfSku(variants.collection, row['sku'])
  if (!variants.has(variantId)) return refuse('The variant was not found', { variant_id: 'error.notfound' })
  const price = row['price'] ?? 0
  const sale = Number(row['sale_price'] ?? 0)
  return {
    ...row,
    variant_id: variantId,
    product_id: variants.parentOf(variantId) ?? 0,
    currency: String(row['currency'] ?? 'usd').toLowerCase(),
    calculated_price: sale > 0 ? sale : price,
  }
}
