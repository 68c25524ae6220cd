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
