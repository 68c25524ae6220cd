/** Text for a terminal: what a vendor wrote must not move the cursor, clear the screen or set its title. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd')
}

/** `1,234`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}

/** `340 ms`, `12.3 s`, `4 min 05 s`, `2 h 10 min`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  const seconds = ms / 1_000
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${String(Math.floor(seconds % 60)).padStart(2, '0')} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

/** `2026-11-23 23:17:02` in local time; empty for nothing. */
export function formatTime(iso: string | undefined): string {
  if (iso === undefined) return ''
  const at = new Date(iso)
  const two = (value: number) => String(value).padStart(2, '0')
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${date} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}

/** Rows below their headings, columns aligned; numbers stand to the right. */
export function formatTable(headings: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const texts = rows.map(row => row.map(cell => (typeof cell === 'number' ? formatCount(cell) : cell)))
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...texts.map(row => row[column]?.length ?? 0)),
  )
  const isNumber = headings.map((_, column) => rows.every(row => typeof row[column] === 'number') && rows.length > 0)
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (isNumber[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()
  return `${[headings, ...texts].map(line).join('\n')}\n`
}

/** Names with their values, aligned; what has no value is left out. */
export function formatFacts(facts: { readonly [name: string]: string | number | undefined }): string {
  const told = Object.entries(facts).filter(([, value]) => value !== undefined && value !== '')
  const width = Math.max(0, ...told.map(([name]) => name.length))
  return told
    .map(([name, value]) => `${name.padEnd(width)}  ${typeof value === 'number' ? formatCount(value) : value}\n`)
    .join('')
}
