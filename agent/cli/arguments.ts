import { InvalidArgumentError } from 'commander'

/** Values by name, of an option that may be repeated. */
export type NamedTexts = { readonly [name: string]: string }

/** Adds `name=value` to those given so far. */
export function namedText(text: string, sofar: NamedTexts): NamedTexts {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined) throw new InvalidArgumentError('must be name=value')
  return { ...sofar, [name]: value }
}

/** A whole number. */
export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('must be a whole number')
  return Number(text)
}

/** Names joined by commas. */
export function nameList(text: string): readonly string[] {
  return text
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '')
}

/** A moment as ISO: `17:30` when it is that next, `2026-11-25 17:30` in local time, or ISO with an offset. */
export function momentAhead(text: string): string {
  const [, day, hour, minute] = /^(?:(\d{4}-\d\d-\d\d)[ T])?(\d{1,2}):(\d\d)$/.exec(text) ?? []
  const hasOffset = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text)
  const at = hour === undefined ? new Date(hasOffset ? text : Number.NaN) : localTime(day, Number(hour), Number(minute))
  if (!Number.isNaN(at.getTime())) return at.toISOString()
  throw new InvalidArgumentError('must be like 17:30, "2026-11-25 17:30" or 2026-11-25T17:30:00+01:00')
}

function localTime(day: string | undefined, hour: number, minute: number): Date {
  if (hour > 23 || minute > 59) return new Date(Number.NaN)
  const at = day === undefined ? new Date() : new Date(`${day}T00:00:00`)
  at.setHours(hour, minute, 0, 0)
  if (day === undefined && at.getTime() <= Date.now()) at.setDate(at.getDate() + 1)
  return at
}
