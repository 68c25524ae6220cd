/** A connector that reads prices of a supplier, as source text; `page` is the source text of what makes one page of them. */
function supplierSource(version: string, page: string): string {
  return `function pageOf(answer) {
  ${page}
}

export default {
  name: 'supplier', version: '${version}', settings: { type: 'object' },
  async connect() {
    return { async test() { return { ok: true, message: 'connected', checks: [], details: {} } },
      async objects() { return [] }, async schemas() { return { options: {} } }, async close() {} }
  },
  activities: {
    Read: {
      role: 'source', options: { type: 'object' },
      async *read(connection, options, from, { signal, log }) {
        for (let number = (from ?? 0) + 1; number <= 3; number += 1) {
          signal.throwIfAborted()
          const answer = number < 3 ? { prices: [{ sku: 'A' + number, price: { value: number } }] } : { prices: [{ sku: 'A3' }] }
          log.debug({ page: number }, 'prices received')
          yield { records: pageOf(answer), position: number }
        }
      },
    },
  },
}
`
}

/** A release that works. */
export const steadySource = supplierSource(
  '1.0.0',
  'return answer.prices.map(({ sku, price }) => ({ sku, price: price?.value ?? null }))',
)

/** The next one, whose author did not foresee a price that is missing. */
export const buggySource = supplierSource(
  '1.1.0',
  'return answer.prices.map(({ sku, price }) => ({ sku, price: price.value }))',
)
