import { describe, expect, test } from '@jest/globals'
import { createHttpTap, type HttpEvent } from './http-tap.ts'
import { forward } from './tcp-proxy.ts'
import { createTraps } from './traps.ts'

describe('createHttpTap', () => {
  test('counts requests and answers, not the pieces they come in', async () => {
    const traps = createTraps<HttpEvent>()
    const seen: HttpEvent[] = []
    traps.set({
      matches: () => true,
      nth: 1,
      times: 99,
      act: event => {
        seen.push(event)
        return forward
      },
    })
    const tap = createHttpTap(traps)

    await tap.sent(Buffer.from('POST /v3/a?b HTTP/1.1\r\n'))
    await tap.sent(Buffer.from('\r\n{"more":1}'))
    await tap.answered(Buffer.from('HTTP/1.1 200 OK\r\n'))
    await tap.answered(Buffer.from('\r\n{}'))
    await tap.sent(Buffer.from('GET /v3/c HTTP/1.1\r\n\r\n'))

    expect(seen).toEqual([
      { at: 'request', method: 'POST', path: '/v3/a?b' },
      { at: 'answer', method: 'POST', path: '/v3/a?b' },
      { at: 'request', method: 'GET', path: '/v3/c' },
    ])
  })
})

describe('createTraps', () => {
  test('springs at the n-th event that matches and so many after it', () => {
    const traps = createTraps<number>()
    traps.set({ matches: event => event % 2 === 0, nth: 2, times: 2, act: () => ({ tag: 'reset' }) })

    const fates = [2, 3, 4, 6, 8].map(event => traps.spring(event))

    expect(fates).toEqual([forward, forward, { tag: 'reset' }, { tag: 'reset' }, forward])
  })

  test('tells of traps that nothing has come to', () => {
    const traps = createTraps<number>()
    traps.set({ matches: () => true, nth: 2, act: () => forward })

    const seen = [traps.waiting(), traps.spring(1), traps.waiting(), traps.spring(1), traps.waiting()]

    expect(seen).toEqual([1, forward, 1, forward, 0])
  })
})
