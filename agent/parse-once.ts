/**
 * Remembers what was made of the last text of each name: of a file that is read for every run and hardly ever changed.
 * What it returns is shared, so nobody may change it. A parser that throws is asked again.
 */
export function parseOnce<T>(parse: (text: string, name: string) => T): (text: string, name: string) => T {
  const known = new Map<string, { readonly text: string; readonly value: T }>()
  return (text, name) => {
    const last = known.get(name)
    if (last?.text === text) return last.value
    const value = parse(text, name)
    known.set(name, { text, value })
    return value
  }
}
