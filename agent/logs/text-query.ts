import type { LogStore } from './store.ts'

/** The index of texts has a list of its own for begins of words up to this length, see migration 6. */
const indexedLength = 3
/** More words than these that begin alike are left to the index. */
const mostTerms = 64
/** As the tokenizer of the index sees words: letters, numbers, marks on them, and characters for private use. */
const wordPart = /[\p{L}\p{N}\p{M}\p{Co}]+/gu

/**
 * Turns words that begin words of one text into a query of the index of texts: undefined without a text, empty when there
 * is no word in it. A begin that has no list of its own is replaced by the words that there are: the index would put all
 * their places in order before it gave the first, a million for a word in every run.
 */
export function createTextQuery(store: LogStore): (text: string | undefined) => string | undefined {
  const nextTerm = store.prepare('SELECT term FROM message_terms WHERE term >= ? AND term < ? LIMIT 1').pluck()

  function termsThatBegin(begin: string): readonly string[] {
    const terms: string[] = []
    for (let from = begin; terms.length <= mostTerms; ) {
      const term = nextTerm.get(from, `${begin}\u{10ffff}`) as string | undefined // a term is a text
      if (term === undefined) break
      terms.push(term)
      from = `${term}\u0000`
    }
    return terms
  }

  function queryOf(word: string): string {
    const begin = `"${word}" *`
    // How the index folds other letters only the index knows.
    if ([...word].length <= indexedLength || !/^[a-z0-9]+$/i.test(word)) return begin
    const terms = termsThatBegin(word.toLowerCase())
    if (terms.length > mostTerms) return begin
    return terms.length === 0 ? `"${word}"` : `(${terms.map(term => `"${term}"`).join(' OR ')})`
  }

  return text => text?.match(wordPart)?.map(queryOf).join(' AND ') ?? (text === undefined ? undefined : '')
}
