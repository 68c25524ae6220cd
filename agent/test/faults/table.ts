import type { Result } from './row.ts'

/** The results as a table of fixed columns, one line a row, and below it what went wrong. */
export function tableOf(results: readonly Result[]): string {
  const head = [
    'fault',
    'operation',
    'seed',
    'ended as',
    'attempts',
    'seconds',
    'lost',
    'doubled',
    'unknown',
    'survived',
  ]
  const lines = results.map(({ row, seed, status, attempts, seconds, lost, doubled, unknown, problems }) => [
    row.fault,
    row.operation.name,
    String(seed),
    status,
    String(attempts),
    seconds.toFixed(1),
    String(lost),
    String(doubled),
    String(unknown),
    problems.length === 0 ? 'yes' : 'NO',
  ])
  const widths = head.map((title, column) => Math.max(title.length, ...lines.map(line => line[column]?.length ?? 0)))
  const isText = (column: number) => column <= 1 || column === 3 || column === 9
  const layOut = (line: readonly string[]) =>
    line
      .map((cell, column) => (isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()
  return [layOut(head), layOut(widths.map(width => '-'.repeat(width))), ...lines.map(layOut)].join('\n')
}

/** One line for a row, as soon as it is over. */
export function lineOf({ row, seed, status, seconds, problems }: Result): string {
  const verdict = problems.length === 0 ? 'survived' : 'NOT SURVIVED'
  const line = `${verdict}: ${row.fault} × ${row.operation.name}, seed ${seed} (${status}, ${seconds.toFixed(1)} s)`
  return [line, ...problems.map(problem => `  ${problem}`)].join('\n')
}
