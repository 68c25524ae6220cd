import type { DataRecord } from '../../sdk/connector.ts'
import type { Name } from './recognition.ts'
import { isRow, type Row } from './rows.ts'

/** Texts longer than this, and those with markup, come back other than they were sent. */
const longestText = 200

/**
 * The field in which a row differs from what was sent; undefined: in none that can be compared. Fields that the row does
 * not have, or has in another form, say nothing.
 */
export function differenceOf(sent: unknown, row: unknown, path = ''): string | undefined {
  if (isEmpty(sent) || isEmpty(row)) {
    // What was sent empty may come back as nothing; what was not sent at all is not looked at.
    return row === undefined || isEmpty(sent) === isEmpty(row) ? undefined : path
  }
  if (Array.isArray(sent) || Array.isArray(row)) return listDifference(sent, row, path)
  if (isRow(sent) && isRow(row)) {
    for (const [field, value] of Object.entries(sent)) {
      // The store gives its own.
      if (field === 'id') continue
      const found = differenceOf(value, row[field], path === '' ? field : `${path}.${field}`)
      if (found !== undefined) return found
    }
    return undefined
  }
  if (isRow(sent) || isRow(row)) return undefined
  return isSameScalar(sent, row) ? undefined : path
}

function listDifference(sent: unknown, row: unknown, path: string): string | undefined {
  if (!Array.isArray(sent) || !Array.isArray(row)) return undefined
  if (sent.length !== row.length) return path
  const isPlain = [...sent, ...row].every(each => !isRow(each) && !Array.isArray(each))
  if (isPlain) return [...sent].map(String).sort().join() === [...row].map(String).sort().join() ? undefined : path
  for (const [place, each] of sent.entries()) {
    const found = differenceOf(each, row[place], `${path}.${place}`)
    if (found !== undefined) return found
  }
  return undefined
}

function isSameScalar(sent: unknown, row: unknown): boolean {
  if (typeof sent === 'boolean' || typeof row === 'boolean') return truthOf(sent) === truthOf(row)
  const [one, other] = [String(sent).trim(), String(row).trim()]
  if (one === other || one.length > longestText || one.includes('<') || one.includes('&')) return true
  if (Number(one) === Number(other)) return true
  // Dates come back in another spelling; both must look like one, since `Date.parse` takes much for a date.
  return isDate(one) && isDate(other) && Date.parse(one) === Date.parse(other)
}

function isDate(text: string): boolean {
  return /\d{4}/.test(text) && /[-:]/.test(text) && !Number.isNaN(Date.parse(text))
}

function truthOf(value: unknown): string {
  const text = String(value).toLowerCase()
  return text === '1' ? 'true' : text === '0' ? 'false' : text
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === ''
}

/** Whether a record states the name. */
export function isStated({ fields: [first] }: Name, record: DataRecord): boolean {
  return first === undefined || !isEmpty(fieldOf(record, first))
}

/** Whether a row is called as the record is; capitals and blanks make no other name. */
export function isNamesake({ fields }: Name, record: DataRecord, row: Row): boolean {
  return fields.every(field => {
    const stated = fieldOf(record, field)
    return isEmpty(stated) || plain(stated) === plain(fieldOf(row, field))
  })
}

function plain(value: unknown): string {
  return String(value ?? '')
    .trim()
    .replace(/\s+/g, ' ')
    .toLowerCase()
}

/** The value of a field; dots lead into objects. */
export function fieldOf(record: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (isRow(value) ? value[name] : undefined), record)
}
