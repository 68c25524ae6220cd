import { describe, expect, test } from '@jest/globals'
import { createFieldMask } from './mask-fields.ts'

const fields = createFieldMask(['email', 'address'], '***')
const record = { id: 4711, email: 'a"b\\@c.de', address: { street: 'x', lines: ['}"', 2] }, note: 'n' }
const expected = { ...record, email: '***', address: '***' }

/** A text inside JSON inside JSON, so many times. */
function nested(value: unknown, times: number): string {
  return times === 0 ? JSON.stringify(value) : JSON.stringify({ body: nested(value, times - 1) })
}

describe('createFieldMask', () => {
  test.each([0, 1, 2, 3])('masks fields of JSON that is inside JSON %i times', times => {
    expect(fields.mask(nested(record, times))).toBe(nested(expected, times))
  })

  test.each([
    ['of a number', '{"Email":4711,"b":1}', '{"Email":"***","b":1}'],
    ['of null at the end', '{"b":1,"email":null}', '{"b":1,"email":"***"}'],
    ['that is cut off', '{"b":1,"email":"a@b', '{"b":1,"email":"***"'],
    ['that is cut off within a list', '{"address":[{"a":"b"},', '{"address":"***"'],
    ['in a URL', '/customers?email:in=a%40b.c&limit=5', '/customers?email:in=***&limit=5'],
    ['in words', 'no good (email: a@b.c), try another', 'no good (email: ***), try another'],
  ])('masks the value %s', (_what, text, masked) => {
    expect(fields.mask(text)).toBe(masked)
  })

  test.each(['{"emails":"x","my-email":"y"}', 'the email is wrong', '"email"'])('leaves %s alone', text => {
    expect(fields.mask(text)).toBe(text)
  })

  test('masks what a record has in the fields in a text about it', () => {
    expect(fields.maskAbout({ deep: [{ email: 'a@b.c', id: 1 }] }, 'a@b.c is taken by 1')).toBe('*** is taken by 1')
  })

  test('without names masks nothing', () => {
    expect(createFieldMask([], '***').maskAbout(record, '{"email":"x"}')).toBe('{"email":"x"}')
  })
})
