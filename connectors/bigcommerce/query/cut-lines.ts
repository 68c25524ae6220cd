import type { DataRecord, JsonValue } from '../../sdk/connector.ts'

/**
 * The orders whose lines were cut off. `include=consignments.line_items` brings the first fifty lines of a consignment,
 * and in place of the others an object with `__warning__` (bigcommerce/docs#960).
 */
export function ordersCutOff(records: readonly DataRecord[]): readonly DataRecord[] {
  return records.filter(({ consignments }) => consignments !== undefined && isCutOff(consignments))
}

function isCutOff(value: JsonValue): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return value.some(isCutOff)
  return Object.entries(value).some(([name, each]) => name === '__warning__' || isCutOff(each))
}
