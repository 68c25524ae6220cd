import { mkdir, mkdtemp, readdir, readFile, rm, rmdir } from 'node:fs/promises'
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
  const files = openLogFiles({ directory, maxFileMegabytes: 1, maxFiles: 2, stdout: 'json', toStdout, ...options })
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

  test('tells the recent lines, none when none are wanted, and never more than a thousand', () => {
    const { files } = open()
    for (let number = 1; number <= 1_001; number += 1) files.write(line(number))

    expect(files.recent(2)).toEqual([line(1_000).trimEnd(), line(1_001).trimEnd()])
    expect(files.recent(0)).toEqual([])
    expect(files.recent(5_000)).toHaveLength(1_000)
    expect(files.recent(5_000)[0]).toBe(line(2).trimEnd())
  })

  test('calls back for each new line until it is told not to', () => {
    const { files } = open()
    const heard: string[] = []
    files.write(line(1))

    const unsubscribe = files.subscribe(text => heard.push(text))
    files.write(line(2))
    unsubscribe()
    files.write(line(3))

    expect(heard).toEqual([line(2).trimEnd()])
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

  test('goes on printing while its file cannot be written, and opens it again afterwards', async () => {
    await mkdir(join(directory, 'agent.log'))
    const failed = withResolver<string>()
    const printed: string[] = []
    const toStdout = (text: string) => {
      printed.push(text)
      if (text.includes('log file failed')) failed.resolve(text)
    }
    const { files } = open({ toStdout, reopenMs: 0 })
    files.write(line(1))
    const told = await failed.promise
    await rmdir(join(directory, 'agent.log'))

    files.write(line(2))
    await files.close()

    expect(told).toContain('"file":"agent.log"')
    expect(printed).toEqual([line(1), told, line(2)])
    expect(await readFile(join(directory, 'agent.log'), 'utf8')).toBe(line(2))
  })

  test('does not try a file that has just failed for every line', async () => {
    await mkdir(join(directory, 'agent.log'))
    const failed = withResolver<string>()
    const printed: string[] = []
    const toStdout = (text: string) => {
      printed.push(text)
      if (text.includes('log file failed')) failed.resolve(text)
    }
    const { files } = open({ toStdout })
    files.write(line(1))
    const told = await failed.promise

    files.write(line(2))
    await files.close()

    expect(printed).toEqual([line(1), told, line(2)])
    expect(await readdir(join(directory, 'agent.log'))).toEqual([])
  })
})

function withResolver<T>() {
  let resolve: (value: T) => void = () => undefined
  const promise = new Promise<T>(given => {
    resolve = given
  })
  return { promise, resolve }
}
