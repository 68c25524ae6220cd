import { ConnectorError } from '../../sdk/errors.ts'
import { ask, type StoreList } from './list.ts'
import type { Portion, Reader, SourcePosition } from './source.ts'

/** Channel listings: `after` is the last id (channels.v3, read April 2026); what looks like totals is not for paging. */
export async function* keysetPages(
  list: StoreList,
  from: SourcePosition | undefined,
  reader: Reader,
): AsyncGenerator<Portion> {
  for (let after = from?.['after']; ; ) {
    const { records, perPage = list.pageSize } = await ask(
      list,
      `limit=${list.pageSize}&${after === undefined ? '' : `after=${after}&`}`,
      reader,
    )
    if (records.length === 0) return
    const last = records.at(-1)?.[list.keyField]
    if (last === undefined || last === after)
      throw new ConnectorError('RESPONSE_INVALID', `GET ${list.path}: the last record has no new ${list.keyField}`)
    after = last
    yield { records, next: { after } }
    if (records.length < Math.min(perPage, list.pageSize)) return
  }
}
