import { describe, expect, test } from '@jest/globals'
import { createRedisTap, type RedisEvent, runStepOf } from './redis-tap.ts'
import { createRespReader } from './resp.ts'
import { forward } from './tcp-proxy.ts'
import { createTraps } from './traps.ts'

const command = (...args: readonly string[]) =>
  `*${args.length}\r\n${args.map(arg => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`).join('')}`

describe('createRespReader', () => {
  test('reads every kind of value', () => {
    const bytes = '+OK\r\n-ERR no\r\n:-7\r\n$3\r\nkäs\r\n'.replace('$3', '$4')

    const values = createRespReader().take(Buffer.from(`${bytes}$-1\r\n*-1\r\n*2\r\n:1\r\n*1\r\n$0\r\n\r\n`))

    expect(values).toEqual(['OK', 'ERR no', -7, 'käs', null, null, [1, ['']]])
  })

  test('waits for the rest of a value, wherever it is cut', () => {
    const whole = Buffer.from(command('SET', 'key', 'a\r\nb'))
    const reader = createRespReader()

    const values = [...whole].map(byte => reader.take(Buffer.from([byte])))

    expect(values.slice(0, -1).flat()).toEqual([])
    expect(values.at(-1)).toEqual([['SET', 'key', 'a\r\nb']])
  })

  test('refuses what is not RESP2', () => {
    expect(() => createRespReader().take(Buffer.from('%1\r\n'))).toThrow('not RESP2')
  })
})

describe('createRedisTap', () => {
  test('springs at the n-th command and at its own reply', async () => {
    const traps = createTraps<RedisEvent>()
    const seen: string[] = []
    const note = (event: RedisEvent) => {
      seen.push(`${event.at} ${event.name} ${event.args.join(' ')}`)
      return { tag: 'drop' } as const
    }
    traps.set({ matches: ({ at, name }) => at === 'command' && name === 'GET', nth: 2, act: note })
    traps.set({ matches: ({ at, args }) => at === 'reply' && args[0] === 'c', nth: 1, act: note })
    const tap = createRedisTap(traps)

    const fates = [
      await tap.sent(Buffer.from(command('get', 'a'))),
      await tap.sent(Buffer.from(command('get', 'b') + command('get', 'c'))),
      await tap.answered(Buffer.from('$1\r\n1\r\n$1\r\n2\r\n')),
      await tap.answered(Buffer.from('$1\r\n3\r\n')),
    ]

    expect(fates).toEqual([forward, { tag: 'drop' }, forward, { tag: 'drop' }])
    expect(seen).toEqual(['command GET b', 'reply GET c'])
    expect(traps.waiting()).toBe(0)
  })
})

describe('runStepOf', () => {
  test.each<readonly [string, readonly string[], ReturnType<typeof runStepOf>]>([
    ['HINCRBY', ['agent:run:1', 'fence', '1'], 'take'],
    ['EVAL', ['return 1', '1', 'agent:run:1', '1', '{"skip":0,"counts":{}}'], 'save'],
    ['EVAL', ['return 1', '2', 'agent:run:1', 'agent:run:1:journal', '1', 'k', '{"tag":"sent"}'], 'sent'],
    ['EVAL', ['return 1', '2', 'agent:run:1', 'agent:run:1:journal', '1', 'k', '{"tag":"settled"}'], 'settled'],
    ['EVALSHA', ['f00', '1', 'agent:run:1', '1', 'success', '60'], 'end'],
    ['HSET', ['agent:run:1', 'x', 'y'], 'other'],
    ['EVALSHA', ['f00', '1', 'agent:operations.default:run-1'], undefined],
  ])('%s %j is %s', (name, args, step) => {
    expect(runStepOf({ at: 'command', name, args })).toBe(step)
  })
})
