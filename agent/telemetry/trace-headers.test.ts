import { describe, expect, test } from '@jest/globals'
import { loadConfig } from '../config/load.ts'
import { secretsOf } from '../config/secrets-of.ts'
import { headersIn } from './trace-headers.ts'

describe('headersIn', () => {
  test.each([
    ['', {}],
    ['api-key=abc', { 'api-key': 'abc' }],
    ['api-key=a=b, x-tenant=%C3%A4 b', { 'api-key': 'a=b', 'x-tenant': 'ä b' }],
    ['api-key=100%', { 'api-key': '100%' }],
  ])('of %j are %j', (text, headers) => {
    expect(headersIn(text)).toEqual(headers)
  })

  test('have values that are secrets of the configuration', () => {
    const { config } = loadConfig({ env: {}, set: ['telemetry.headers=api-key=planted%21,x=second'], home: '/nowhere' })

    expect(secretsOf(config)).toEqual(expect.arrayContaining(['planted!', 'second']))
  })
})
