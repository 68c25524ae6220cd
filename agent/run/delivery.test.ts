import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { AgentError } from '../errors.ts'
import { poll } from '../test/agent-process.ts'
import { shareRedis } from '../test/shared-redis.ts'
import { createRunBench, type RunBench, type RunPlan } from './run-bench.ts'
import { noCounts } from './status.ts'

/**
 * A vendor that is a file: each record written is a line. `cut` names where the first attempt is cut off: before the
 * line is there, after it, or after its outcome is told.
 */
const source = `import { appendFileSync, existsSync, readFileSync } from 'node:fs'
const lines = file => (existsSync(file) ? readFileSync(file, 'utf8').split('\\n') : [])
const cutOff = () => { throw Object.assign(new Error('cut off'), { code: 'NETWORK', retryable: true }) }
export default {
  name: 'puppet', version: '1.0.0', settings: { type: 'object' },
  connect: async () => ({ close: async () => undefined }),
  activities: {
    Read: {
      role: 'source', options: { type: 'object' },
      async *read(_connection, { records }) { yield { records, position: 1 } },
    },
    Write: {
      role: 'target', options: { type: 'object' }, batchSize: () => 3,
      async write(_connection, batch, { file, cut, isRepeatable = false, waits, short }, { journal, signal }) {
        const outcomes = []
        for (const [place, { id }] of batch.entries()) {
          await journal.sending([place], { isRepeatable })
          if (cut?.at === id && cut.when === 'before') cutOff()
          appendFileSync(file, id + '\\n')
          if (cut?.at === id && cut.when === 'after') cutOff()
          while (waits === id && !existsSync(file + '.go')) {
            signal.throwIfAborted()
            await new Promise(setImmediate)
          }
          outcomes.push(id === 'bad' ? { status: 'rejected', code: 'BAD', message: 'no', retryable: false } : { status: 'written', id })
          journal.settled(place, outcomes[place])
          if (cut?.at === id && cut.when === 'settled') cutOff()
        }
        return short ? outcomes.slice(1) : outcomes
      },
      async settle(_connection, batch, { file, isBlind }) {
        if (isBlind) return batch.map(() => ({ status: 'unknown', message: 'nobody knows' }))
        return batch.map(({ id }) => (lines(file).includes(id) ? { status: 'written', id } : { status: 'absent' }))
      },
    },
  },
}
`
const records = ['a', 'b', 'c', 'd'].map(id => ({ id }))

const shared = shareRedis()

let bench: RunBench
beforeEach(async () => {
  bench = await createRunBench(shared.redis, source, { records })
})
afterEach(() => bench.close())

const run = (plan: RunPlan = {}) => bench.run(plan)
const told = () => bench.parts.logs.messages('r', 0, 99).map(({ message }) => message)

describe('a run that is cut off while it writes', () => {
  test.each([
    ['before', 'b', '0 were settled by reading back, 1 were not applied'],
    ['after', 'b', '1 were settled by reading back, 0 were not applied'],
    ['settled', 'b', ''],
    ['after', 'd', '1 were settled'],
  ])('%s the record %s is written: each is written once', async (when, at, doubts) => {
    expect(await run({ write: { cut: { when, at } } })).toMatchObject({ status: 'pending' })

    const end = await run()

    expect(end).toEqual({ status: 'success', counts: { ...noCounts(), read: 4, written: 4 } })
    expect(await bench.written()).toBe('a\nb\nc\nd\n')
    expect(told().join('\n')).toContain(doubts)
  })

  test('leaves unknown what nobody can find out, and goes on with the rest', async () => {
    await run({ write: { cut: { when: 'before', at: 'b' } } })

    const end = await run({ write: { isBlind: true } })

    expect(end).toEqual({ status: 'success-with-warning', counts: { ...noCounts(), read: 4, written: 3, unknown: 1 } })
    expect(await bench.written()).toBe('a\nc\nd\n')
    expect(bench.parts.logs.unsettled('r', 0, 9)).toEqual([
      expect.objectContaining({ number: 2, status: 'unknown', record: { id: 'b' } }),
    ])
  })

  test('sends again what may be sent twice', async () => {
    await run({ write: { cut: { when: 'after', at: 'b' }, isRepeatable: true } })

    const end = await run({ write: { isRepeatable: true } })

    expect(end.counts).toMatchObject({ read: 4, written: 4 })
    expect(await bench.written()).toBe('a\nb\na\nb\nc\nd\n')
  })

  test('knows its records again when the source yields them in another order', async () => {
    await run({ write: { cut: { when: 'after', at: 'c' } } })

    const end = await run({ read: { records: [{ id: 'x' }, ...records.toReversed()] } })

    expect(end.counts).toEqual({ ...noCounts(), read: 5, written: 5 })
    expect((await bench.written()).split('\n').toSorted().join('')).toBe('abcdx')
  })

  test('counts what was sent although the source does not yield it any more', async () => {
    await run({
      read: { records: [{ id: 'a' }, { id: 'bad' }, { id: 'c' }] },
      write: { cut: { when: 'after', at: 'c' } },
    })

    const end = await run({ read: { records: [{ id: 'd' }] } })

    expect(end).toEqual({ status: 'success-with-warning', counts: { ...noCounts(), read: 4, written: 3, rejected: 1 } })
    expect(bench.parts.logs.unsettled('r', 0, 9)).toEqual([expect.objectContaining({ record: { id: 'bad' } })])
    expect(told().join('\n')).toContain('3 records that were sent before the run was cut off did not come')
  })

  test.each(['RUN_CANCELED', 'RUN_TIMEOUT'] as const)('by %s counts what was sent, and sends no more', async code => {
    const stop = new AbortController()
    const running = run({ write: { waits: 'b' }, signal: stop.signal })
    await poll(
      () => bench.written().catch(() => ''),
      text => text === 'a\nb\n',
    )

    stop.abort(new AgentError(code, 'stop'))
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate)
    await appendFile(join(bench.directory, 'out.go'), '')

    expect((await running).counts).toEqual({ ...noCounts(), read: 2, written: 2 })
    expect(await bench.written()).toBe('a\nb\n')
  })

  test('forgets what it kept of records that the next attempt settles anew', async () => {
    const write = { isRepeatable: true, cut: { when: 'after', at: 'd' } }
    await run({ read: { records: [{ id: 'bad' }, { id: 'b' }, { id: 'c' }, { id: 'd' }] }, write })
    const kept = bench.parts.logs.unsettled('r', 0, 9)
    await shared.redis.hdel(`${bench.directory}:run:r`, 'checkpoint')

    const end = await run()

    expect(kept).toMatchObject([{ record: { id: 'bad' } }])
    expect(end).toMatchObject({ status: 'success', counts: { written: 4 } })
    expect(bench.parts.logs.unsettled('r', 0, 9)).toEqual([])
  })

  test('at its last attempt counts what is in doubt as unknown', async () => {
    const end = await run({ write: { cut: { when: 'after', at: 'b' } }, canRetry: false })

    expect(end).toMatchObject({ status: 'error', counts: { read: 2, written: 1, unknown: 1 } })
    expect(bench.parts.logs.unsettled('r', 0, 9)).toEqual([expect.objectContaining({ record: { id: 'b' } })])
  })
})

describe('a runner that has lost its run', () => {
  test('writes nothing more', async () => {
    const running = run({ write: { waits: 'b' } })
    await poll(
      () => bench.written().catch(() => ''),
      text => text === 'a\nb\n',
    )

    await bench.parts.checkpoints.take('r')
    await appendFile(join(bench.directory, 'out.go'), '')

    expect((await running).status).toBe('lost')
    expect(await bench.written()).toBe('a\nb\n')
  })
})

describe('a run without Redis', () => {
  test('writes nothing until Redis is back', async () => {
    const running = run({ write: { waits: 'b' } })
    await poll(
      () => bench.written().catch(() => ''),
      text => text === 'a\nb\n',
    )
    await shared.server.kill()
    await appendFile(join(bench.directory, 'out.go'), '')
    await poll(
      async () => told(),
      lines => lines.includes('redis does not answer; the run waits before it writes again'),
    )
    const meanwhile = await bench.written()

    await shared.server.start()

    expect(meanwhile).toBe('a\nb\n')
    expect((await running).counts).toMatchObject({ written: 4 })
    expect(await bench.written()).toBe('a\nb\nc\nd\n')
  })

  test('looks for what Redis may have forgotten when it was started anew', async () => {
    await run({ write: { cut: { when: 'settled', at: 'b' } } })
    await new Promise(setImmediate)
    // What a power cut takes: the last second of the append-only file.
    await shared.redis.del(`${bench.directory}:run:r:journal`)
    await shared.server.kill()
    await shared.server.start()

    const end = await run()

    expect(end.counts).toMatchObject({ read: 4, written: 4 })
    expect(await bench.written()).toBe('a\nb\nc\nd\n')
    expect(told().join('\n')).toContain('2 records are in the store already')
  })
})

describe('a target', () => {
  test('that does not answer for each record ends the run', async () => {
    expect(await run({ write: { short: true } })).toMatchObject({ error: { code: 'CONNECTOR_INVALID' } })
  })
})
