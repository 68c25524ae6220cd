import { describe, expect, test } from '@jest/globals'
import { createJobParser, operationNameOf } from './operation.ts'

const parse = createJobParser()
const source = { connection: 'shop', activity: 'Query', options: { object: 'products' } }
const target = { connection: { connector: 'local-storage', settings: { directory: 'x' } }, activity: 'Write' }

function problemOf(job: unknown): string {
  try {
    parse(job)
  } catch (error) {
    return (error as Error).message
  }
  return 'none'
}

describe('createJobParser', () => {
  test.each([
    { operation: 'Products to CSV' },
    {
      operation: { source, target },
      runId: 'r-1',
      variables: { a: 1, b: null, c: 'x', d: true },
      debug: { enabled: true },
    },
    {
      operation: {
        source,
        target,
        transformation: {
          where: 'price > 0',
          fields: { a: 'x', b: { path: 'y', default: 0 }, c: { value: [1] }, d: { expression: 'x & y' } },
        },
      },
    },
  ])('takes %j as it is', job => {
    expect(parse(job)).toEqual(job)
  })

  test.each([
    [{ operaton: 'x' }, '/operaton: is not a known key, did you mean "operation"?'],
    [{}, '/operation: is missing'],
    [null, 'must be an object'],
    [{ operation: 'a/b' }, '/operation: is not valid'],
    [{ operation: 'a:b' }, '/operation: is not valid'],
    [{ operation: { source, target: { ...target, option: {} } } }, '/operation/target/option: is not a known key'],
    [{ operation: { source } }, '/operation/target: is missing'],
    [{ operation: 'x', runId: 'no spaces' }, '/runId: is not valid'],
    [{ operation: 'x', variables: { a: [1] } }, '/variables/a: must be'],
    [{ operation: 'x', timeoutSeconds: 0 }, '/timeoutSeconds: must be >= 1'],
    [
      { operation: { source, target, transformation: { fields: { a: { exprssion: 'x' } } } } },
      '/operation/transformation/fields/a/exprssion: is not a known key',
    ],
  ])('refuses %j with path and reason', (job, problem) => {
    expect(problemOf(job)).toContain(problem)
  })

  test('refuses with a code that is not retried', () => {
    expect(() => parse(5)).toThrow(expect.objectContaining({ code: 'OPERATION_INVALID', retryable: false }))
  })

  test('does not repeat values, which may be secrets', () => {
    const connection = { connector: 'bigcommerce', settings: 'planted-secret' }

    expect(problemOf({ operation: { source: { ...source, connection }, target } })).not.toContain('planted-secret')
  })
})

describe('operationNameOf', () => {
  test.each([
    [{ operation: 'By name' }, 'By name'],
    [{ operation: { source, target } }, 'inline'],
    [{ operation: { source, target, description: 'Described' } }, 'Described'],
  ])('names %j', (job, name) => {
    expect(operationNameOf(job)).toBe(name)
  })
})
