import type { Json } from './collection.ts'
import type { StoreRecords } from './store.ts'

/** A million variants are not made for a few sums: of a bigger catalogue the first ones stand for all. */
const lookedAt = 1000

/** What `/v3/catalog/summary` tells. Prices are those that hold, the variant's own or its product's. */
export function catalogSummary({ products, variants, categories }: StoreRecords): Json {
  const rows = Array.from({ length: Math.min(variants.size, lookedAt) }, (_, index) => variants.make(index))
  const prices = rows.map(row => Number(row['calculated_price']))
  const levels = rows.map(row => Number(row['inventory_level']))
  const share = rows.length === 0 ? 0 : variants.size / rows.length
  const values = prices.map((price, index) => price * (levels[index] ?? 0))
  const dates = Array.from({ length: Math.min(products.size, lookedAt) }, (_, index) =>
    String(products.make(index)['date_created']),
  ).sort()
  return {
    inventory_count: Math.round(sum(levels) * share),
    inventory_value: rounded(sum(values) * share),
    primary_category_id: categories.size === 0 ? 0 : 1,
    primary_category_name: categories.size === 0 ? '' : (categories.make(0)['name'] ?? ''),
    variant_count: variants.size,
    highest_variant_price: Math.max(0, ...prices),
    average_variant_price: rows.length === 0 ? 0 : rounded(sum(prices) / rows.length),
    // The document says text, the service answers a number.
    lowest_variant_price: rows.length === 0 ? 0 : Math.min(...prices),
    oldest_variant_date: dates[0] ?? '',
    newest_variant_date: dates.at(-1) ?? '',
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function rounded(amount: number): number {
  return Math.round(amount * 100) / 100
}
