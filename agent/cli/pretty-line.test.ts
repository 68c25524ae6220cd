import { describe, expect, test } from '@jest/globals'
import { createPretty } from './pretty-line.ts'

const pretty = createPretty({ NO_COLOR: '1' })
const line = (fields: object) => JSON.stringify({ level: 'debug', time: '2026-11-25T12:00:00.000Z', ...fields })

describe('a line on a terminal', () => {
  test.each([
    [
      {
        method: 'GET',
        path: '/v2/orders',
        query: 'limit=1',
        status: 200,
        durationMs: 12,
        quotaLeft: 3,
        message: 'request answered',
      },
      'request answered: GET /v2/orders?limit=1, 200 in 12 ms {"quotaLeft":3}',
    ],
    [
      { method: 'PUT', path: '/v3/x', durationMs: 30_000, message: 'request failed' },
      'request failed: PUT /v3/x, nothing in 30000 ms',
    ],
    [{ method: 'PUT', path: '/v3/x', message: 'request sent' }, 'request sent: PUT /v3/x'],
  ])('about a request is one: %j', (fields, text) => {
    expect(pretty(line(fields))).toMatch(/^\[.*\] DEBUG: /)
    expect(pretty(line(fields)).trimEnd()).toContain(text)
    expect(pretty(line(fields)).trimEnd().split('\n')).toHaveLength(1)
  })

  test('about something else has its fields below it', () => {
    expect(pretty(line({ path: '/x', message: 'read' }))).toMatch(/DEBUG: read\n {4}path: "\/x"\n$/)
  })

  test('that is no JSON stays as it is, without what commands the terminal', () => {
    expect(pretty('half a \u001b[2Jline')).toBe('half a \ufffd[2Jline\n')
  })
})
