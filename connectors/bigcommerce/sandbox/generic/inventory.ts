import type { Json, Row } from '../data/collection.ts'
import type { Ledger } from './change.ts'
import { isRow } from './defaults.ts'

/** The number of the variant, or of the product, that an item of a location is about. */
export function identityOf({ resources }: Ledger, sent: Json | undefined): Row | undefined {
  if (!isRow(sent)) return undefined
  const variants = resources.get('products/variants').shelf
  const products = resources.get('products').shelf
  const productId = Number(sent['product_id'] ?? 0)
  if (productId !== 0) {
    const product = products.get(productId)?.row
    if (product === undefined || product['inventory_tracking'] === 'variant') return undefined
    return { sku: product['sku'] ?? '', variant_id: product['base_variant_id'] ?? 0, product_id: productId }
  }
  const variantId = Number(sent['variant_id'] ?? 0) || variantOfSku(variants.collection, sent['sku'])
  const variant = variants.get(variantId)?.row
  if (variant === undefined) return undefined
  return { sku: variant['sku'] ?? '', variant_id: variantId, product_id: variant['product_id'] ?? 0 }
}

/** The number of the variant with that sku; 0 when there is none. */
export function variantOfSku(
  collection: { readonly size: number; make(index: number): Row; idAt(index: number): number },
  sku: Json | undefined,
): number {
  if (typeof sku !== 'string' || sku === '') return 0
  for (let index = collection.size - 1; index >= 0; index--) {
    if (collection.make(index)['sku'] === sku) return collection.idAt(index)
  }
  return 0
}
