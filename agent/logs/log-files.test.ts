import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type LogFiles, openLogFiles } from './log-files.ts'
import { createLoggers } from './loggers.ts'
import { createRedactor } from './redact.ts'

let directory: string
let opened: LogFiles[] = []
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'logs-'))
})
afterEach(async () => {
  for (const files of opened) await files.close()
  opened = []
  await rm(directory, { recursive: true, force: true })
})

function open(options: Partial<Parameters<typeof openLogFiles>[0]> = {}) {
  const printed: string[] = []
  const toStdout = (text: string) => void printed.push(text)
  const common = { format: 'plain', stdout: 'json' } as const
  const files = openLogFiles({
    directory,
    maxFileMegabytes: 1,
    maxFiles: 2,
    maxTotalMegabytes: 100,
    ...common,
    toStdout,
    ...options,
  })
  opened.push(files)
  return { files, printed }
}

function line(number: number, more: object = {}): string {
  return `${JSON.stringify({ level: 'info', ...more, number })}\n`
}

describe('openLogFiles', () => {
  test('appends to what an earlier agent wrote', async () => {
    const { files } = open()
    files.write(line(1))
    await files.close()

    const { files: again } = open()
    again.write(line(2))
    await again.close()

    expect(await readFile(join(directory, 'agent.log'), 'utf8')).toBe(line(1) + line(2))
  })

  test('gives metrics a file of their own, and keeps them off a terminal', async () => {
    const { files, printed } = open({ stdout: 'pretty' })
    const loggers = createLoggers({ level: 'debug', fields: {}, redactor: createRedactor(), sink: files.write })

    loggers.get('agent.metrics').info({ metric: 'agent_runs', value: 1 }, 'metric')
    loggers.get('agent').info({ text: '"logger":"agent.metrics"' }, 'about metrics')
    await files.close()

    expect(await readFile(join(directory, 'metrics.log'), 'utf8')).toMatch(/^\{.*"metric":"agent_runs".*\}\n$/)
    expect(await readFile(join(directory, 'agent.log'), 'utf8')).toMatch(/^\{.*"message":"about metrics"\}\n$/)
    expect(printed.join('')).toContain('about metrics')
    expect(printed.join('')).not.toContain('agent_runs')
  })

  test('gives each connector a file of its own', async () => {
    const { files } = open()
    const loggers = createLoggers({ level: 'debug', fields: {}, redactor: createRedactor(), sink: files.write })

    loggers.get('agent').info({}, 'about org.jitterbit.connector.bigcommerce')
    loggers.forConnector('bigcommerce', { runId: 'r' }).debug({}, 'asked')
    loggers
      .forConnector('local-storage', { runId: 'r' })
      .debug({ text: '"logger":"org.jitterbit.connector.x"' }, 'read')
    await files.close()

    const [agent, bigcommerce, localStorage] = await Promise.all(
      ['agent.log', 'connectors/bigcommerce.log', 'connectors/local-storage.log'].map(async name =>
        (await readFile(join(directory, name), 'utf8')).trimEnd().split('\n'),
      ),
    )
    expect([agent, bigcommerce, localStorage].map(lines => lines?.length)).toEqual([1, 1, 1])
    expect(bigcommerce?.[0]).toContain('"message":"asked"')
    expect(localStorage?.[0]).toContain('"message":"read"')
    expect((await readdir(join(directory, 'connectors'))).sort()).toEqual(['bigcommerce.log', 'local-storage.log'])
  })

  test('begins a new file when one is full, packs the old ones and keeps only so many', async () => {
    const { files } = open()
    const long = 'x'.repeat(100_000)

    for (let number = 1; number <= 45; number += 1) files.write(line(number, { long }))
    await files.close()

    const names = (await readdir(directory)).filter(name => name.endsWith('.gz'))
    const packed = await Promise.all(names.map(async name => gunzipSync(await readFile(join(directory, name)))))
    const numbers = [...packed.map(String), await readFile(join(directory, 'agent.log'), 'utf8')]
      .flatMap(text => text.trimEnd().split('\n'))
      .map(text => (JSON.parse(text) as { number: number }).number) // our own lines
      .sort((a, b) => a - b)
    expect(names).toHaveLength(2)
    expect(numbers.at(-1)).toBe(45)
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => 45 - numbers.length + 1 + index))
  })

  test('deletes the oldest files of all logs first when all together are too large', async () => {
    const { files } = open({ maxTotalMegabytes: 2, maxFiles: 100 })
    // Random, so that it cannot be packed.
    for (let number = 1; number <= 60; number += 1) {
      const logger = number % 2 === 0 ? 'agent' : 'org.jitterbit.connector.shop'
      files.write(line(number, { logger, noise: randomBytes(50_000).toString('base64') }))
    }
    await files.close()

    const sizes = await Promise.all(
      (await readdir(directory, { recursive: true, withFileTypes: true }))
        .filter(entry => entry.isFile())
        .map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size),
    )
    const total = sizes.reduce((sum, size) => sum + size, 0)
    expect(total).toBeLessThanOrEqual(2 * 1_048_576)
    expect(total).toBeGreaterThan(1_048_576)
    expect(await readFile(join(directory, 'agent.log'), 'utf8')).toContain('"number":60}')
  })

  test('writes the names of ECS to files and stdout when asked', async () => {
    const { files, printed } = open({ format: 'ecs' })
    const logger = 'org.jitterbit.connector.shop'

    files.write(line(1, { logger, message: 'hello', pid: 7, runId: 'r' }))
    await files.close()

    const text = await readFile(join(directory, 'connectors', 'shop.log'), 'utf8')
    expect(JSON.parse(text)).toEqual({
      'log.level': 'info',
      'log.logger': logger,
      message: 'hello',
      'process.pid': 7,
      'commerce_agent.runId': 'r',
      'commerce_agent.number': 1,
      'ecs.version': '8.11.0',
      'service.name': 'commerce-agent',
    })
    expect(printed).toEqual([text])
  })

  test('has each line on the disk when the write returns', () => {
    const { files } = open()

    files.write(line(1))

    expect(readFileSync(join(directory, 'agent.log'), 'utf8')).toBe(line(1))
  })

  test('removes half a line that a death has left, and says so', async () => {
    await writeFile(join(directory, 'agent.log'), `${line(1)}{"level":"info","half`)
    const { files } = open()

    files.write(line(2))
    await files.close()

    const lines = (await readFile(join(directory, 'agent.log'), 'utf8')).trimEnd().split('\n')
    expect(lines.map(text => JSON.parse(text))).toMatchObject([
      { number: 1 },
      { message: 'torn last line removed' },
      { number: 2 },
    ])
  })

  test.each([
    ['json', line(1)],
    ['none', ''],
  ] as const)('prints %s', (stdout, expected) => {
    const { files, printed } = open({ stdout })

    files.write(line(1))

    expect(printed.join('')).toBe(expected)
  })

  test('prints for people when asked, yet files JSON', async () => {
    const { files, printed } = open({ stdout: 'pretty' })

    files.write(line(1, { message: 'hello' }))
    await files.close()

    expect(printed.join('')).toMatch(/INFO.*hello/)
    expect(await readFile(join(directory, 'agent.log'), 'utf8')).toBe(line(1, { message: 'hello' }))
  })

  test('goes on printing while its file cannot be written, then tells how many lines it missed', async () => {
    await mkdir(join(directory, 'agent.log'))
    const { files, printed } = open({ reopenMs: 0 })
    files.write(line(1))
    files.write(line(2))
    await rmdir(join(directory, 'agent.log'))

    files.write(line(3))
    await files.close()

    const lines = (await readFile(join(directory, 'agent.log'), 'utf8')).trimEnd().split('\n')
    expect(lines.map(text => JSON.parse(text))).toMatchObject([
      { level: 'warn', message: 'log lines were dropped', dropped: 2, error: expect.stringContaining('EISDIR') },
      { number: 3 },
    ])
    expect(files.dropped()).toBe(2)
    expect(printed.filter(text => text.includes('"log file failed"'))).toHaveLength(2)
    expect(printed.filter(text => text.includes('"number"'))).toEqual([line(1), line(2), line(3)])
  })

  test('does not try a file that has just failed for every line, and tells at its end what it missed', async () => {
    await mkdir(join(directory, 'agent.log'))
    const { files, printed } = open()
    files.write(line(1))
    await rmdir(join(directory, 'agent.log'))

    files.write(line(2))
    await files.close()

    expect(printed.filter(text => text.includes('"log file failed"'))).toHaveLength(1)
    expect(await readFile(join(directory, 'agent.log'), 'utf8')).toMatch(/^\{.*"dropped":2.*\}\n$/)
  })
})
