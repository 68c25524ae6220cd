import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openRedis } from '../redis.ts'
import { poll } from '../test/agent-process.ts'
import { shareRedis } from '../test/shared-redis.ts'
import { createDebugSwitchboard, type DebugSwitchboard } from './debug-switchboard.ts'
import { type DebugTable, readSwitches } from './debug-switches.ts'
import { createLoggers } from './loggers.ts'
import { createRedactor } from './redact.ts'
import { openTimedFile } from './timed-file.ts'
import { createTimedHash } from './timed-hash.ts'

const server = shareRedis()
const operation = { tag: 'operation', name: 'orders' } as const
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString()

let directory: string
const opened: DebugSwitchboard[] = []
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'switches-'))
  await server.redis.flushall()
})
afterEach(async () => {
  for (const switches of opened.splice(0)) switches.close()
  await rm(directory, { recursive: true, force: true })
})

/** The switches of an agent; `name` tells its own file from that of another agent. */
function open(name = 'a', redis = server.redis) {
  const lines: string[] = []
  const tables: DebugTable[] = []
  const loggers = createLoggers({
    ...{ level: 'info' as const, fields: {}, redactor: createRedactor() },
    sink: line => void lines.push(line),
  })
  const logger = loggers.get('agent.logs')
  const switches = createDebugSwitchboard({
    own: openTimedFile(join(directory, `${name}.json`), { read: readSwitches, what: 'debug switches', logger }),
    group: createTimedHash(redis, 'test:debug:shops', readSwitches),
    logger,
  })
  switches.onChange(table => void tables.push(table))
  opened.push(switches)
  return { switches, lines, tables }
}

describe('the debug switches of an agent', () => {
  test('hold at once, outlive a restart and are taken back', async () => {
    const until = inMs(60_000)
    const first = open()
    await first.switches.set(operation, { until, children: true }, 'agent')
    first.switches.close()
    const second = open()
    const after = second.switches.table()
    const wasOn = await second.switches.reset(operation, 'agent')

    expect(first.tables).toEqual([[{ target: operation, until, children: true, scope: 'agent' }]])
    expect(first.lines.join('')).toContain(`operation:orders with children (agent) until ${until}`)
    expect(after).toEqual(first.tables[0])
    expect(wasOn).toBe(true)
    expect(second.switches.table()).toEqual([])
    expect(await second.switches.reset(operation, 'agent')).toBe(false)
  })

  test('fall back by themselves, and everybody hears of it', async () => {
    const { switches, tables } = open()

    await switches.set({ tag: 'agent' }, { until: inMs(300), children: false }, 'agent')
    await poll(
      async () => tables.length,
      count => count === 2,
    )

    expect(tables.map(table => table.length)).toEqual([1, 0])
    expect(switches.table()).toEqual([])
  })

  test('are those of the group too, also on agents that start later', async () => {
    const [here, there] = [open('a'), open('b')]

    await here.switches.set({ tag: 'run', runId: 'r' }, { until: inMs(60_000), children: false }, 'group')
    await poll(
      async () => there.tables.length,
      count => count === 1,
    )
    const late = open('c')
    await late.switches.refresh()
    await late.switches.reset({ tag: 'run', runId: 'r' }, 'group')
    await there.switches.refresh()

    expect(there.tables[0]).toMatchObject([{ target: { tag: 'run', runId: 'r' }, scope: 'group' }])
    expect(late.tables[0]).toEqual(there.tables[0])
    expect(there.switches.table()).toEqual([])
  })

  test('of the group are refused without Redis, those of the agent are not', async () => {
    const nowhere = openRedis('redis://127.0.0.1:1', 'request')
    const { switches } = open('a', nowhere)
    const wanted = { until: inMs(60_000), children: false }

    await switches.set(operation, wanted, 'agent')
    const refused = switches.set(operation, wanted, 'group')

    await expect(refused).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' })
    expect(switches.table()).toHaveLength(1)
    nowhere.disconnect()
  })

  test('are begun anew when their file is broken, with a warning', async () => {
    await writeFile(join(directory, 'a.json'), 'no json')
    const { switches, lines } = open()

    await switches.set(operation, { until: inMs(60_000), children: false }, 'agent')

    expect(lines.join('')).toContain('debug switches that were set are lost')
    expect(JSON.parse(await readFile(join(directory, 'a.json'), 'utf8'))).toHaveProperty(['operation:orders'])
  })
})
