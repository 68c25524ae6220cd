import { describe, expect, test } from '@jest/globals'
import { parseSettings } from './settings.ts'

describe('parseSettings', () => {
  test.each(['abc123', 'stores/abc123/v3', 'https://api.bigcommerce.com/stores/abc123/v3/', ' abc123 '])(
    'takes the store hash %j',
    storeHash => {
      expect(parseSettings({ storeHash, accessToken: 't' }).baseUrl).toBe('https://api.bigcommerce.com/stores/abc123')
    },
  )

  test.each([
    [{ storeHash: 'a/b', accessToken: 't' }, 'storeHash must be letters and digits'],
    [{ storeHash: 'abc' }, "must have required property 'accessToken'"],
    [{ storeHash: 'abc', accessToken: 't', token: 'x' }, 'token'],
    [{ storeHash: 'abc', accessToken: 'my secret' }, 'accessToken holds spaces'],
    [{ storeHash: 'abc', accessToken: 't', apiUrl: 'http://proxy.example' }, 'must begin with https://'],
    [{ storeHash: 'abc', accessToken: 't', apiUrl: 'nonsense' }, 'apiUrl must be a URL'],
  ])('refuses %j', (settings, reason) => {
    expect(() => parseSettings(settings)).toThrow(reason)
  })

  test('never repeats the access token', () => {
    expect(() => parseSettings({ storeHash: 'abc', accessToken: 'my secret' })).not.toThrow('my secret')
  })

  test('asks for compressed answers, except from this machine', () => {
    expect(parseSettings({ storeHash: 'a', accessToken: 't' }).compress).toBe(true)
    expect(parseSettings({ storeHash: 'a', accessToken: 't', apiUrl: 'http://127.0.0.1:1' }).compress).toBe(false)
  })
})
