import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { processRunners } from './runner-links.ts'
import type { FromRunner, RunnerLink } from './runner-messages.ts'

let directory: string
let link: RunnerLink | undefined
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'runner-'))
})
afterEach(async () => {
  link?.kill()
  link = undefined
  await rm(directory, { recursive: true, force: true })
})

interface Printed {
  readonly level: string
  readonly runner: number
  readonly text: string
}

/** Runs a program of the test in the place of a runner. */
async function start(source: string) {
  const main = join(directory, 'main.mjs')
  await writeFile(main, source)
  const lines: string[] = []
  const messages: FromRunner[] = []
  let onMessage: () => void = () => undefined
  const first = new Promise<void>(resolve => {
    onMessage = resolve
  })
  const ended = new Promise<string>(resolve => {
    const watcher = {
      onMessage(message: FromRunner) {
        messages.push(message)
        onMessage()
      },
      onExit: resolve,
    }
    link = processRunners(main)(3, line => lines.push(line), watcher)
  })
  return { lines, messages, ended, first, kill: () => link?.kill(), send: () => link?.send({ tag: 'close' }) }
}

describe('processRunners', () => {
  test('takes for a line of the log only what is whole', async () => {
    const { lines, ended } = await start(`
console.log('{"level":"info","message":"whole"}')
console.log('{ not: ours }')
process.stdout.write('{"level":"info","mess')
`)

    await ended

    expect(lines.map(line => JSON.parse(line))).toMatchObject([
      { message: 'whole' },
      { message: 'runner printed', text: '{ not: ours }' },
      { message: 'runner printed', text: '{"level":"info","mess' },
    ])
  })

  test('carries messages both ways, its number and how it ended', async () => {
    const { messages, ended, first, send } = await start(`
process.on('message', ({ tag }) => process.send({ tag: 'secrets', secrets: [tag] }, () => process.exit(7)))
process.send({ tag: 'secrets', secrets: process.argv.slice(2) })
`)
    await first

    send()

    expect(await ended).toBe('with exit code 7')
    expect(messages).toEqual([
      { tag: 'secrets', secrets: ['runner', '3'] },
      { tag: 'secrets', secrets: ['close'] },
    ])
  })

  test('hands log lines on as they are, and makes warnings of everything else, to the last word', async () => {
    const { lines, ended } = await start(`
process.stdout.write('{"level":"info"}\\nhello\\n')
process.stderr.write('Error: no luck\\nlast word')
`)

    await ended

    expect(lines.filter(line => line === '{"level":"info"}\n')).toHaveLength(1)
    const texts = lines.flatMap(line => (line.includes('"runner printed"') ? [JSON.parse(line) as Printed] : []))
    expect(lines).toHaveLength(4)
    expect(texts).toMatchObject([{}, {}, {}].map(() => ({ level: 'warn', runner: 3 })))
    expect(texts.map(({ text }) => text).sort()).toEqual(['Error: no luck', 'hello', 'last word'])
  })

  test('kills, and bears to be told anything afterwards', async () => {
    const { ended, first, kill, send } = await start(`
process.on('message', () => undefined)
process.send({ tag: 'loaded' })
`)
    await first

    kill()
    const how = await ended
    send()

    expect(how).toBe('by SIGKILL')
  })

  test('tells the end of one that cannot even start', async () => {
    const { ended, lines } = await start('this is no program')

    expect(await ended).toBe('with exit code 1')
    expect(lines.join('')).toContain('SyntaxError')
  })
})
