import { formatCount, formatTable } from './format.ts'

type Row = { readonly [field: string]: unknown }

/** More columns than this no terminal shows. */
const maxColumns = 8
const maxCellLength = 32

/** Records as a table: the fields that were asked for, else the first plain ones. */
export function sampleText(records: readonly Row[], fields?: readonly string[]): string {
  if (records.length === 0) return 'no records\n'
  const known = [...new Set(records.flatMap(record => Object.keys(record)))]
  const columns = fields?.filter(name => known.includes(name)) ?? telling(records, known)
  const rows = records.map(record => columns.map(name => cellOf(record[name])))
  const hidden = known.length - columns.length
  const more = hidden > 0 ? `; ${formatCount(hidden)} more fields: --json shows all, --fields chooses` : ''
  return `${formatTable(columns, rows)}${formatCount(records.length)} ${records.length === 1 ? 'record' : 'records'}${more}\n`
}

/** Plain values tell one record from another; what is nested or empty does not. */
function telling(records: readonly Row[], known: readonly string[]): readonly string[] {
  const isPlain = (value: unknown) => typeof value !== 'object' && value !== undefined && value !== ''
  const plain = known.filter(name => records.some(record => isPlain(record[name])))
  return [...plain, ...known.filter(name => !plain.includes(name))].slice(0, maxColumns)
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > maxCellLength ? `${line.slice(0, maxCellLength - 1)}…` : line
}
