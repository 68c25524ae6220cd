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

/** How a table or a list of facts may look beside its texts. */
export interface Look {
  /** Colours a cell that is padded already; gets it as it was, too. */
  readonly paint?: (padded: string, cell: string, heading: string) => string
  /** Shortens the texts of one column so that no line is longer, unless they would get shorter than 10. */
  readonly fit?: { readonly width: number; readonly heading: string }
}

/** Rows below their headings, columns aligned; numbers stand to the right. Every cell is made plain. */
export function formatTable(
  headings: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  { paint = padded => padded, fit }: Look = {},
): string {
  const texts = rows.map(row => row.map(cell => (typeof cell === 'number' ? formatCount(cell) : plain(cell))))
  const widths = widthsOf(headings, texts, fit)
  const isNumber = headings.map((_, column) => rows.every(row => typeof row[column] === 'number') && rows.length > 0)
  const padded = (cell: string, column: number) => {
    const text = shortened(cell, widths[column] ?? 0)
    return isNumber[column] ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0)
  }
  const line = (cells: readonly string[], style: (text: string, column: number) => string) =>
    cells
      .map((cell, column) => style(padded(cell, column), column))
      .join('  ')
      .trimEnd()
  const lines = texts.map(cells =>
    line(cells, (text, column) => paint(text, cells[column] ?? '', headings[column] ?? '')),
  )
  return `${[line(headings, text => text), ...lines].join('\n')}\n`
}

function widthsOf(headings: readonly string[], texts: readonly (readonly string[])[], fit: Look['fit']): number[] {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...texts.map(row => row[column]?.length ?? 0)),
  )
  const excess = widths.reduce((sum, width) => sum + width + 2, -2) - (fit?.width ?? Number.POSITIVE_INFINITY)
  return widths.map((width, column) =>
    headings[column] === fit?.heading && excess > 0 ? Math.max(Math.min(width, 10), width - excess) : width,
  )
}

function shortened(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`
}

/** Names with their values, aligned and plain; what has no value is left out. */
export function formatFacts(
  facts: { readonly [name: string]: string | number | undefined },
  paint: (text: string, name: string) => string = text => text,
): string {
  const told = Object.entries(facts).filter(([, value]) => value !== undefined && value !== '')
  const width = Math.max(0, ...told.map(([name]) => name.length))
  return told
    .map(([name, value = '']) => {
      const text = typeof value === 'number' ? formatCount(value) : plain(value)
      return `${name.padEnd(width)}  ${paint(text, name)}\n`
    })
    .join('')
}
