import type { DataRecord } from '../../sdk/connector.ts'
import type { StoreList } from './list.ts'
import { turnPages } from './numbered.ts'
import type { Portion, Reader, SourcePosition } from './source.ts'

/** How often a list is read again because it changed meanwhile. */
const mostLooks = 3
/** More ids than these are not remembered; a list without order of ids is never so long. */
const mostIds = 1_000_000

/**
 * Reads a list by page number that does not come in the order of its ids. What comes twice is left out. When the total
 * has changed between two pages, records may have moved into pages that were read already: the list is looked through
 * again for what was missed, until it stays the same. What cannot be made sure is told.
 */
export async function* numberedPages(
  list: StoreList,
  from: SourcePosition | undefined,
  reader: Reader,
  follow: (link: string) => AsyncGenerator<Portion>,
): AsyncGenerator<Portion> {
  const isFresh = from === undefined
  const seen = createSeen(list)
  const position = from?.['looked'] === true ? undefined : from
  let before = typeof from?.['total'] === 'number' ? from['total'] : undefined
  if (from?.['looked'] === true)
    return reader.note(uncertain(list, 'changed while it was read, and the run was taken up again'))
  for (let look = 1; look <= mostLooks; look += 1) {
    const pages = { count: 0, hasTotals: true, isSteady: true, isLinked: false }
    for await (const { records, next, total } of turnPages(list, look === 1 ? position : undefined, reader, follow)) {
      pages.count += 1
      pages.isLinked ||= next['link'] !== undefined || next['end'] === true
      pages.hasTotals &&= total !== undefined
      pages.isSteady &&= before === undefined || total === before
      before = total ?? before
      const fresh = seen.pick(records)
      const at =
        look > 1 ? { looked: true } : pages.isLinked ? next : { ...next, ...(total === undefined ? {} : { total }) }
      if (fresh.length > 0) yield { records: fresh, next: at, ...(total === undefined || look > 1 ? {} : { total }) }
    }
    if (pages.isLinked || (pages.hasTotals && pages.isSteady)) return
    if (!pages.hasTotals) {
      if (pages.count > 1) reader.note(uncertain(list, 'does not tell how many there are'))
      return
    }
    if (!isFresh || !seen.isWhole()) return reader.note(uncertain(list, 'changed while it was read'))
  }
  reader.note(uncertain(list, `changed in each of ${mostLooks} reads`))
}

function uncertain({ path }: StoreList, why: string): string {
  // Without the keys, so that the lists of a thousand parents say it once.
  const template = path.replaceAll(/\/\d+(?=\/|$)/g, '/{id}')
  return `${template}: this list has no order of ids to read by, and ${why}; a record that others moved meanwhile may be missing`
}

interface Seen {
  /** The records that were not there before. */
  pick(records: readonly DataRecord[]): readonly DataRecord[]
  /** It remembers all there were. */
  isWhole(): boolean
}

function createSeen({ uniqueField }: StoreList): Seen {
  const ids = new Set<unknown>()
  let isWhole = uniqueField !== undefined
  return {
    pick(records) {
      if (uniqueField === undefined) return records
      return records.filter(record => {
        const id = record[uniqueField]
        if (id === undefined) isWhole = false
        if (id === undefined || ids.has(id)) return id === undefined
        if (ids.size < mostIds) ids.add(id)
        else isWhole = false
        return true
      })
    },
    isWhole: () => isWhole,
  }
}
