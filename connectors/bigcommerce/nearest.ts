import { distance } from 'fastest-levenshtein'

/** `, did you mean "x"?` when a known name is near, else an empty text. */
export function nearestName(name: string, known: readonly string[]): string {
  const [best] = known.map(each => ({ each, steps: distance(name, each) })).sort((a, b) => a.steps - b.steps)
  if (best === undefined || best.steps > Math.max(2, Math.floor(name.length / 3))) return ''
  return `, did you mean ${JSON.stringify(best.each)}?`
}
