/** Headers as `telemetry.headers` has them: `name=value` with commas between, values percent-encoded where they must be. */
export function headersIn(text: string): Record<string, string> {
  const pairs = text.split(',').filter(each => each.includes('='))
  return Object.fromEntries(
    pairs.map(pair => {
      const at = pair.indexOf('=')
      return [pair.slice(0, at).trim(), decoded(pair.slice(at + 1).trim())]
    }),
  )
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
