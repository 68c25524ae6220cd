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
})
