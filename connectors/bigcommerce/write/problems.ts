import type { ErrorObject } from 'ajv'

const mostTold = 5

/** Says in one line what is wrong with a record, each with its field: `price: must be number`. */
export function explain(problems: readonly ErrorObject[]): string {
  const split = problems.filter(({ keyword }) => keyword === 'anyOf')
  const isBelow = (problem: ErrorObject) =>
    split.some(each => each !== problem && problem.instancePath.startsWith(each.instancePath))
  const told = problems.filter(problem => !isBelow(problem)).map(sentence)
  const more = told.length > mostTold ? `; and ${told.length - mostTold} more` : ''
  return `${told.slice(0, mostTold).join('; ')}${more}`
}

function sentence({ instancePath, keyword, params, message = 'does not fit' }: ErrorObject): string {
  const path = instancePath.slice(1).replaceAll('/', '.')
  switch (keyword) {
    case 'required':
      return `${join(path, String(params['missingProperty']))}: is missing`
    case 'anyOf':
      return `${path || 'the record'}: fits none of the forms it may have`
    case 'enum':
      return `${path || 'the record'}: must be one of ${(params['allowedValues'] as unknown[]).map(String).join(', ')}`
    default:
      return `${path || 'the record'}: ${message}`
  }
}

/** A field's path from that of what it is in. */
export function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}
