import { ascendingPages } from './ascending.ts'
import { keysetPages } from './keyset.ts'
import { firstThenLinks, linkedPages } from './linked.ts'
import type { StoreList } from './list.ts'
import { numberedPages } from './looks.ts'
import type { Portion, Reader, Source, SourcePosition } from './source.ts'

/** Reads a list, whatever way it is paged. */
export function listSource(list: StoreList): Source {
  return (from, reader) => {
    if (from?.['end'] === true) return nothing()
    const link = from?.['link']
    return typeof link === 'string' ? linkedPages(list, link, reader) : pagesOf(list, from, reader)
  }
}

function pagesOf(list: StoreList, from: SourcePosition | undefined, reader: Reader): AsyncGenerator<Portion> {
  const { ids } = list
  // An older release wrote positions with pages.
  if (ids !== undefined && from?.['page'] === undefined) return ascendingPages({ ...list, ids }, from, reader)
  switch (list.paging) {
    case 'page':
    case 'page+cursor':
    case 'pages':
      return numberedPages(list, from, reader, link => linkedPages(list, link, reader))
    case 'cursor':
      return firstThenLinks(list, `limit=${list.pageSize}&`, reader)
    case 'none':
      return firstThenLinks(list, '', reader)
    case 'keyset':
      return keysetPages(list, from, reader)
    default:
      return list.paging satisfies never
  }
}

async function* nothing(): AsyncGenerator<Portion> {}
