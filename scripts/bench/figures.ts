/** The value in the middle; of an even number the greater of the two. NaN of none. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** A row of what is printed, by the head of its column. NaN stands for what does not apply. */
export type TableRow = Readonly<Record<string, string | number>>

/** Lays rows out in columns: the first to the left, the others to the right. */
export function tableOf(rows: readonly TableRow[]): string {
  const heads = Object.keys(rows[0] ?? {})
  const lines = [heads, ...rows.map(row => heads.map(head => cellOf(row[head] ?? '')))]
  const widths = heads.map((_, column) => Math.max(...lines.map(line => (line[column] ?? '').length)))
  return lines
    .map(line =>
      line.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  '),
    )
    .join('\n')
}

function cellOf(value: string | number): string {
  if (typeof value === 'string') return value
  return Number.isNaN(value) ? '–' : value.toLocaleString('en-US')
}

/** A number with two places. */
export function round(value: number): number {
  return Math.round(value * 100) / 100
}

/** By how many percent turns exceed those of another contestant in the same round; the median of the rounds. */
export function costPercent<Turn>(
  turns: readonly Turn[],
  others: readonly Turn[],
  value: (turn: Turn) => number,
): number {
  return round(median(turns.map((turn, at) => (value(turn) / value(others[at] ?? turn) - 1) * 100)))
}
