import { describe, expect, test } from '@jest/globals'
import { effectiveLevel, type LoggerLevel, lineage, parseLevel, parseLoggerName } from './logger-levels.ts'

const table = new Map<string, LoggerLevel>([
  ['ROOT', 'INFO'],
  ['org.jitterbit.connector', 'WARN'],
  ['org.jitterbit.connector.bigcommerce', 'DEBUG'],
  ['agent.api', 'OFF'],
])

describe('effectiveLevel', () => {
  test.each([
    ['org.jitterbit.connector.bigcommerce', 'DEBUG', 'org.jitterbit.connector.bigcommerce'],
    ['org.jitterbit.connector.bigcommerce.http', 'DEBUG', 'org.jitterbit.connector.bigcommerce'],
    ['org.jitterbit.connector.variable', 'WARN', 'org.jitterbit.connector'],
    ['org.jitterbit.connectors', 'INFO', 'ROOT'],
    ['org.jitterbit', 'INFO', 'ROOT'],
    ['agent.api', 'OFF', 'agent.api'],
    ['agent', 'INFO', 'ROOT'],
    ['ROOT', 'INFO', 'ROOT'],
  ])('of %s is %s, from %s', (name, level, from) => {
    const found = effectiveLevel(name, table)

    expect(found).toEqual({ level, from })
  })

  test('is undefined where nobody has one', () => {
    expect(effectiveLevel('agent', new Map())).toBeUndefined()
  })
})

describe('lineage', () => {
  test('goes from the logger up to ROOT', () => {
    expect(lineage('a.b.c')).toEqual(['a.b.c', 'a.b', 'a', 'ROOT'])
  })
})

describe('parseLevel', () => {
  test.each([
    ['DEBUG', 'DEBUG'],
    ['debug', 'DEBUG'],
    ['Off', 'OFF'],
    ['all', 'TRACE'],
    ['silent', undefined],
    ['', undefined],
  ])('takes %j for %s', (text, level) => {
    expect(parseLevel(text)).toBe(level)
  })
})

describe('parseLoggerName', () => {
  test.each([
    ['root', 'ROOT'],
    ['ROOT', 'ROOT'],
    ['org.jitterbit.connector.local-storage', 'org.jitterbit.connector.local-storage'],
    ['a..b', undefined],
    ['.a', undefined],
    ['a.', undefined],
    ['a b', undefined],
    ['', undefined],
    ['a'.repeat(201), undefined],
  ])('takes %j for %s', (text, name) => {
    expect(parseLoggerName(text)).toBe(name)
  })
})
