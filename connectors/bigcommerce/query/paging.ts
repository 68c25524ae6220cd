import { keysetPages } from './keyset.ts'
import { firstThenLinks, linkedPages } from './linked.ts'
import type { StoreList } from './list.ts'
import { numberedPages } from './numbered.ts'
import type { Source } from './source.ts'

/** Reads a list, whatever way it is paged. */
export function listSource(list: StoreList): Source {
  switch (list.paging) {
    case 'page':
    case 'page+cursor':
    case 'pages':
      return (from, reader) =>
        typeof from?.['link'] === 'string'
          ? linkedPages(list, from['link'], reader)
          : numberedPages(list, from, reader, link => linkedPages(list, link, reader))
    case 'cursor':
      return (from, reader) => firstThenLinks(list, `limit=${list.pageSize}&`, from, reader)
    case 'none':
      return (from, reader) => firstThenLinks(list, '', from, reader)
    case 'keyset':
      return (from, reader) => keysetPages(list, from, reader)
    default:
      return list.paging satisfies never
  }
}
