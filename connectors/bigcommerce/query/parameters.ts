import { ConnectorError } from '../../sdk/errors.ts'
import type { Parameter, ParameterType } from '../catalogue/facts.ts'
import { nearestName } from '../nearest.ts'

/** A parameter as it travels, before percent-encoding. */
export interface QueryParameter {
  readonly name: string
  readonly text: string
}

/** Checks the value of a filter and writes it as the store takes it. Throws OPTIONS_INVALID. */
export function filterText(object: string, name: string, parameter: Parameter, value: unknown): string {
  const type = typeof parameter === 'string' ? parameter : parameter.type
  const text = writers[type](value)
  if (text === undefined)
    throw new ConnectorError('OPTIONS_INVALID', `filter ${name} of ${object} must be ${typeNames[type]}`)
  if (typeof parameter === 'string') return text
  for (const each of type.endsWith('s') ? text.split(',') : [text])
    if (!parameter.values.includes(each))
      throw new ConnectorError(
        'OPTIONS_INVALID',
        `filter ${name} of ${object} cannot be ${JSON.stringify(each)}${nearestName(each, parameter.values)}; it may be ${parameter.values.join(', ')}`,
      )
  return text
}

/** OPTIONS_INVALID for a name that the object does not have, with the nearest that it has. */
export function unknownName(object: string, what: string, name: string, known: readonly string[]): ConnectorError {
  const offered = known.length === 0 ? `; ${object} has none` : ''
  return new ConnectorError(
    'OPTIONS_INVALID',
    `${object} has no ${what} ${JSON.stringify(name)}${nearestName(name, known)}${offered}`,
  )
}

/** Throws OPTIONS_INVALID for the first given name that is not known. */
export function checkNames(object: string, what: string, given: readonly string[], known: readonly string[]): void {
  for (const name of given) if (!known.includes(name)) throw unknownName(object, what, name, known)
}

/** How each type is written into the request; undefined = the value does not fit. */
const writers: { readonly [type in ParameterType]: (value: unknown) => string | undefined } = {
  integer: value => (Number.isInteger(numberOf(value)) ? String(numberOf(value)) : undefined),
  number: value => (Number.isFinite(numberOf(value)) ? String(numberOf(value)) : undefined),
  text: value => (typeof value === 'string' || typeof value === 'number' ? String(value) : undefined),
  boolean: value => (isTruth(value) ? String(value) : undefined),
  // These look like booleans but are asked for as 1 and 0; `true` is refused by the store.
  flag: value =>
    isTruth(value)
      ? String(Number(String(value) === 'true'))
      : [0, 1].includes(numberOf(value))
        ? String(numberOf(value))
        : undefined,
  date: value => (isDate(value) ? String(value) : undefined),
  integers: value => list(value, each => Number.isInteger(numberOf(each))),
  numbers: value => list(value, each => Number.isFinite(numberOf(each))),
  texts: value => list(value, each => typeof each === 'string' || typeof each === 'number'),
}

const typeNames: { readonly [type in ParameterType]: string } = {
  integer: 'a whole number',
  number: 'a number',
  text: 'a text',
  boolean: 'true or false',
  flag: 'true or false',
  date: 'a date like 2026-11-23T10:00:00Z',
  integers: 'a list of whole numbers',
  numbers: 'a list of numbers',
  texts: 'a list of texts without commas',
}

/** Variables give numbers as texts. */
function numberOf(value: unknown): number {
  return typeof value === 'string' && value.trim() !== ''
    ? Number(value)
    : typeof value === 'number'
      ? value
      : Number.NaN
}

function isTruth(value: unknown): boolean {
  return typeof value === 'boolean' || value === 'true' || value === 'false'
}

/** As a date, or in seconds since 1970: the store takes both. */
function isDate(value: unknown): boolean {
  return typeof value === 'string' ? !Number.isNaN(Date.parse(value)) || /^\d+$/.test(value) : Number.isInteger(value)
}

/** Lists travel joined by commas, so no element may hold one. */
function list(value: unknown, fits: (each: unknown) => boolean): string | undefined {
  const elements: readonly unknown[] = Array.isArray(value)
    ? value
    : typeof value === 'string'
      ? value.split(',')
      : [value]
  if (elements.length === 0 || !elements.every(each => fits(each) && !String(each).includes(','))) return undefined
  return elements.join(',')
}
