import { describe, expect, test } from '@jest/globals'
import { createRedactor } from './redact.ts'

describe('createRedactor', () => {
  test('masks a secret wherever it stands in a text', () => {
    const redactor = createRedactor(['s3cret/token'])

    expect(redactor.redact('token=s3cret/token&x=s3cret/token')).toBe('token=********&x=********')
  })

  test('masks the forms a secret takes inside JSON and inside a URL', () => {
    const redactor = createRedactor(['a"b c/d'])

    expect(redactor.redact(`${JSON.stringify({ token: 'a"b c/d' })} ?token=a%22b%20c%2Fd`)).toBe(
      '{"token":"********"} ?token=********',
    )
  })

  test('masks the whole of a secret that contains another', () => {
    const redactor = createRedactor(['abcd', 'abcdefgh'])

    expect(redactor.redact('abcdefgh abcd')).toBe('******** ********')
  })

  test('learns secrets later and ignores ones too short to mask', () => {
    const redactor = createRedactor()

    redactor.add(['abc', 'later-known'])

    expect(redactor.redact('abc later-known')).toBe('abc ********')
  })

  test.each([
    ['{"id":4711,"a":[14711,"4711"]}', '{"id":"********","a":["1********","********"]}'],
    ['{"4711":1.50}', '{"********":1.50}'],
    ['{"id":4711}\n', '{"id":"********"}\n'],
    ['{"id": 4711', '{"id": ********'],
    ['{"id":1}', '{"id":1}'],
  ])('masks %j so that JSON stays JSON', (json, expected) => {
    expect(createRedactor(['4711']).redactJson(json)).toBe(expected)
  })
})
