import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { openRedis } from '../redis.ts'
import { shareRedis } from '../test/shared-redis.ts'
import { createGroupLevels } from './group-levels.ts'
import { createLevels, type Levels } from './levels.ts'
import { watchLevelsFile } from './levels-file.ts'
import type { LevelTable } from './logger-levels.ts'
import { createLoggers } from './loggers.ts'
import { openOwnLevels } from './own-levels.ts'
import { createRedactor } from './redact.ts'

const server = shareRedis()
const connector = 'org.jitterbit.connector.bigcommerce'
const entry = (level: string) => `<configuration>\n  <logger name="${connector}" level="${level}"/>\n</configuration>\n`

let directory: string
const opened: Levels[] = []
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'levels-'))
  await server.redis.flushall()
})
afterEach(async () => {
  for (const levels of opened.splice(0)) levels.close()
  await rm(directory, { recursive: true, force: true })
})

const pathOf = (name: string) => join(directory, name)

/** The levels of an agent; `name` tells its own file from that of another agent. */
function open({ name = 'a', redis = server.redis }: { readonly name?: string; readonly redis?: Redis } = {}) {
  const lines: { readonly message: string; readonly problem?: string; readonly levels?: readonly string[] }[] = []
  const tables: LevelTable[] = []
  const wakers = new Set<() => void>()
  const logger = createLoggers({
    level: 'info',
    fields: {},
    redactor: createRedactor(),
    sink: line => {
      lines.push(JSON.parse(line))
      for (const wake of wakers) wake()
    },
  }).get('agent.logs')
  const levels = createLevels({
    configured: 'INFO',
    openFile: onChange => watchLevelsFile(pathOf('logback.xml'), { logger, onChange }),
    own: openOwnLevels(pathOf(`${name}.json`), logger),
    group: createGroupLevels(redis, 'test', 'shops'),
    logger,
    onChange: table => void tables.push(table),
  })
  opened.push(levels)
  return {
    levels,
    lines,
    tables,
    level: (logger = connector) => levels.entry(logger).level,
    /** Resolves when a line with the message has been written, after as many as there are now. */
    told: (message: string) => {
      const before = lines.length
      return new Promise<void>(resolve => {
        const wake = () => {
          if (!lines.slice(before).some(line => line.message === message)) return
          wakers.delete(wake)
          resolve()
        }
        wakers.add(wake)
      })
    },
  }
}

describe('the file of levels', () => {
  test('is read at the start and again when it comes, changes or goes', async () => {
    const { levels, level, told, lines } = open()
    const seen = [level()]

    for (const change of [
      () => writeFile(pathOf('logback.xml'), entry('DEBUG')),
      async () => {
        await writeFile(pathOf('new.xml'), entry('TRACE'))
        await rename(pathOf('new.xml'), pathOf('logback.xml'))
      },
      () => rm(pathOf('logback.xml')),
    ]) {
      const changed = told('logger levels changed')
      await change()
      await changed
      seen.push(level())
    }

    expect(seen).toEqual(['INFO', 'DEBUG', 'TRACE', 'INFO'])
    expect(lines[0]?.levels).toEqual(['ROOT INFO', `${connector} DEBUG`])
    expect(levels.file()).toEqual({ path: pathOf('logback.xml') })
  })

  test('keeps its last good levels while it is broken, and tells where', async () => {
    await writeFile(pathOf('logback.xml'), entry('DEBUG'))
    const { levels, level, told, lines } = open()
    const broken = told('levels file is broken; its last good levels hold')

    await writeFile(pathOf('logback.xml'), entry('LOUD'))
    await broken
    const during = [level(), levels.file().problem]
    const good = told('levels file is good again')
    await writeFile(pathOf('logback.xml'), entry('OFF'))
    await good

    const problem = `${pathOf('logback.xml')}:2:54: level "LOUD" is not known, it must be TRACE, DEBUG, INFO, WARN, ERROR or OFF`
    expect(during).toEqual(['DEBUG', problem])
    expect(lines.filter(line => line.problem !== undefined)).toMatchObject([{ level: 'warn', problem }])
    expect([level(), levels.file().problem]).toEqual(['OFF', undefined])
  })

  test('that is half written at one look does no harm', async () => {
    await writeFile(pathOf('logback.xml'), entry('DEBUG'))
    const { level, told, lines } = open()
    const changed = told('logger levels changed')

    await writeFile(pathOf('logback.xml'), entry('TRACE').slice(0, 40))
    await sleep(1_000)
    await writeFile(pathOf('logback.xml'), entry('TRACE'))
    await changed

    expect(level()).toBe('TRACE')
    expect(lines.map(({ message }) => message)).not.toContain('levels file is broken; its last good levels hold')
  })

  test.each([
    [
      'is broken',
      () => writeFile(pathOf('logback.xml'), '<configuration>'),
      'logback.xml:1:1: <configuration> is never closed',
    ],
    [
      'is too large',
      () => writeFile(pathOf('logback.xml'), ' '.repeat(300_000)),
      'logback.xml has 300000 bytes, at most 262144',
    ],
    ['cannot be read', () => mkdir(pathOf('logback.xml')), 'logback.xml is no file'],
  ])('that %s at the start leaves the configured levels', async (_what, make, problem) => {
    await make()

    const { level, lines } = open()

    expect(level()).toBe('INFO')
    expect(lines).toMatchObject([{ level: 'warn', problem: expect.stringContaining(problem) }])
  })

  test('tells what has no effect in it', async () => {
    await writeFile(pathOf('logback.xml'), `<configuration><appender name="A"/><root level="ERROR"/></configuration>`)

    const { level, lines } = open()

    expect(level()).toBe('ERROR')
    expect(lines[0]?.problem).toContain('logback.xml:1:16: <appender> has no effect here')
  })
})

describe('a level set for a time', () => {
  test('wins over group and file, each over the next, and falls back by itself', async () => {
    await writeFile(pathOf('logback.xml'), entry('WARN'))
    const { levels, level, tables, told } = open()
    await levels.set(connector, 'ERROR', { forMs: 60_000, scope: 'group' })
    const ofGroup = level()
    const before = performance.now()

    await levels.set(connector, 'DEBUG', { forMs: 1_500, scope: 'agent' })
    const own = level()
    await told('logger levels changed')
    const lastedMs = performance.now() - before
    const fallen = level()
    const wasSet = [await levels.reset(connector, 'group'), await levels.reset(connector, 'group')]

    expect([ofGroup, own, fallen, level()]).toEqual(['ERROR', 'DEBUG', 'ERROR', 'WARN'])
    expect(wasSet).toEqual([true, false])
    expect(lastedMs).toBeGreaterThan(1_400)
    expect(tables.map(table => table.get(connector))).toEqual(['ERROR', 'DEBUG', 'ERROR', 'WARN'])
  })

  test('outlives the agent, and has fallen back when its time is over meanwhile', async () => {
    const first = open()
    await first.levels.set(connector, 'DEBUG', { forMs: 60_000, scope: 'agent' })
    await first.levels.set('agent.api', 'DEBUG', { forMs: 1, scope: 'agent' })
    first.levels.close()
    await sleep(5)

    const second = open()

    expect(second.levels.entry(connector)).toMatchObject({ level: 'DEBUG', source: 'agent', until: expect.any(String) })
    expect(second.level('agent.api')).toBe('INFO')
    expect(second.lines[0]).toMatchObject({ message: 'logger levels changed' })
  })

  test('holds also when it cannot be kept, and a damaged file is begun anew', async () => {
    await writeFile(pathOf('a.json'), '{"agent":')
    const damaged = open()
    await damaged.levels.set(connector, 'DEBUG', { forMs: 60_000, scope: 'agent' })
    const kept = JSON.parse(await readFile(pathOf('a.json'), 'utf8'))
    const homeless = open({ name: 'missing/b' })
    await homeless.levels.set(connector, 'DEBUG', { forMs: 60_000, scope: 'agent' })

    expect(damaged.lines[0]).toMatchObject({ level: 'warn', message: 'levels that were set are lost' })
    expect(kept).toEqual({ [connector]: { level: 'DEBUG', until: expect.any(String) } })
    expect(homeless.level()).toBe('DEBUG')
    expect(homeless.lines).toContainEqual(
      expect.objectContaining({ message: 'levels that were set do not outlive the agent' }),
    )
  })
})

describe('a level set for the group', () => {
  test('reaches another agent, and its fall too', async () => {
    const [here, there] = [open({ name: 'a' }), open({ name: 'b' })]
    const reached = there.told('logger levels changed')

    await here.levels.set(connector, 'DEBUG', { forMs: 4_500, scope: 'group' })
    await reached
    const during = there.levels.entry(connector)
    await there.told('logger levels changed')

    expect(during).toMatchObject({ level: 'DEBUG', source: 'group' })
    expect(there.level()).toBe('INFO')
  })

  test('is refused while Redis is away; what was set before holds', async () => {
    const away = openRedis('redis://127.0.0.1:1', 'request')
    try {
      const { levels, level } = open({ redis: away })

      await expect(levels.set(connector, 'DEBUG', { forMs: 60_000, scope: 'group' })).rejects.toMatchObject({
        code: 'REDIS_UNAVAILABLE',
      })
      await levels.set(connector, 'TRACE', { forMs: 60_000, scope: 'agent' })

      expect(level()).toBe('TRACE')
    } finally {
      away.disconnect()
    }
  })

  test('heeds nothing in Redis that is none, and clears away what has fallen back', async () => {
    const key = 'test:levels:shops'
    const past = JSON.stringify({ level: 'DEBUG', until: '2020-01-01T00:00:00.000Z' })
    await server.redis.hset(key, { [connector]: past, 'a..b': past, agent: 'DEBUG', ROOT: '{"level":"LOUD"}' })
    const { levels } = open()

    await levels.refresh()
    const named = levels.named()
    await levels.set('agent.run', 'DEBUG', { forMs: 60_000, scope: 'group' })

    expect(named).toEqual(['ROOT'])
    expect(await server.redis.hkeys(key)).toEqual(['agent.run'])
    expect(await server.redis.pttl(key)).toBeGreaterThan(60_000)
  })
})
