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

  test.each([
    ['a body inside a line', JSON.stringify({ body: JSON.stringify({ token: 'a"b c/d' }) })],
    ['a line that holds a line', JSON.stringify({ text: JSON.stringify({ body: JSON.stringify(['a"b c/d']) }) })],
    ['a form', String(new URLSearchParams({ token: 'a"b c/d' }))],
  ])('masks a secret in %s', (_what, text) => {
    expect(createRedactor(['a"b c/d']).redact(text)).toMatch(/^[^b]*(body[^b]*)?\*{8}[^b]*$/)
  })

  test('masks base64 and single lines of a secret that is long enough to be known by them', () => {
    const key = `-----BEGIN KEY-----\n${'k'.repeat(40)}\n-----END KEY-----`
    const redactor = createRedactor([key])

    expect(redactor.redact(`${'k'.repeat(40)} ${Buffer.from(key).toString('base64')}`)).toBe('******** ********')
  })

  test.each([
    ['Authorization: Bearer abc.def', 'Authorization: ********'],
    ['{"x-auth-token":"abc","b":1}', '{"x-auth-token":"********","b":1}'],
    ['{"body":"{\\"authorization\\":\\"Basic abc=\\"}"}', '{"body":"{\\"authorization\\":\\"********\\"}"}'],
    ['redis://user:a%40b@host:1/0', 'redis://user:********@host:1/0'],
    ['GET /a?access_token=abc&page=2', 'GET /a?access_token=********&page=2'],
    ['said bearer abcdefghijklmnop', 'said bearer ********'],
    ['a bearer of news, basic plan, no authorization', 'a bearer of news, basic plan, no authorization'],
    ['https://host:80/path@x', 'https://host:80/path@x'],
  ])('masks what nobody told it by where it stands: %s', (text, expected) => {
    expect(createRedactor().redact(text)).toBe(expected)
  })

  test('is quick with texts made to be slow', () => {
    const redactor = createRedactor()
    const texts = [`${'://a'.repeat(20_000)}`, 'authorization:'.repeat(8_000), `bearer ${' '.repeat(100_000)}`]
    const began = performance.now()

    for (const text of texts) redactor.redact(text)

    expect(performance.now() - began).toBeLessThan(2_000)
  })

  test('leaves data as it is but for the secrets it knows', () => {
    const json = '{"url":"http://a:b@c","password":"x","token":"known-one"}'

    expect(createRedactor(['known-one']).redactData(json)).toBe(json.replace('known-one', '********'))
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
