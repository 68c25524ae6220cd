import { describe, expect, test } from '@jest/globals'
import { createLoggers, type LogLevel } from './loggers.ts'
import { createRedactor } from './redact.ts'

function open(level: LogLevel = 'info', secrets: readonly string[] = []) {
  const lines: string[] = []
  const redactor = createRedactor(secrets)
  const loggers = createLoggers({ level, fields: { agent: 'a', runner: 2 }, redactor, sink: line => lines.push(line) })
  return { loggers, lines, redactor, parsed: () => lines.map(line => JSON.parse(line) as unknown) }
}

describe('createLoggers', () => {
  test('writes one JSON line with time, level, logger and the fields of its process', () => {
    const { loggers, lines, parsed } = open()

    loggers.get('agent.run').warn({ runId: 'r' }, 'look')

    expect(lines).toEqual([expect.stringMatching(/^\{.*\}\n$/)])
    expect(parsed()).toEqual([
      {
        level: 'warn',
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        pid: process.pid,
        agent: 'a',
        runner: 2,
        logger: 'agent.run',
        runId: 'r',
        message: 'look',
      },
    ])
  })

  test.each([
    ['info', undefined, []],
    ['info', 'debug', ['asked']],
    ['debug', undefined, ['asked']],
    ['debug', 'silent', []],
  ] as const)('at level %s and %s for the run, a connector that debugs shows as %j', (level, ofRun, expected) => {
    const { loggers, parsed } = open(level)

    loggers.forConnector('shop', { runId: 'r' }, ofRun).debug({}, 'asked')

    expect(parsed()).toMatchObject(expected.map(message => ({ message, logger: 'org.jitterbit.connector.shop' })))
    expect(parsed()).toHaveLength(expected.length)
  })

  test('debugs one run without the others', () => {
    const { loggers, parsed } = open()
    const loud = loggers.forConnector('shop', { runId: 'loud' }, 'debug')
    const quiet = loggers.forConnector('shop', { runId: 'quiet' })

    loud.debug({}, 'asked')
    quiet.debug({}, 'asked')

    expect(parsed()).toMatchObject([{ runId: 'loud' }])
    expect(parsed()).toHaveLength(1)
  })

  test('gives a connector the methods of the contract and nothing else', () => {
    const log = open().loggers.forConnector('shop', { runId: 'r' })

    expect(Object.keys(log)).toEqual(['trace', 'debug', 'info', 'warn', 'error'])
    expect(Object.getPrototypeOf(log)).toBe(Object.prototype)
  })

  test('writes an error with its cause', () => {
    const { loggers, lines } = open()

    loggers.get('agent').error({ err: new Error('outer', { cause: new Error('inner') }) }, 'failed')

    expect(lines.join('')).toMatch(/outer.*inner/)
  })

  test.each(['planted', 'quo"te\\d', '4711', 'true', 'agent.run'])(
    'keeps to JSON while it masks the secret %s',
    secret => {
      const { loggers, lines, parsed, redactor } = open()
      redactor.add([secret])

      loggers.get('agent.run').info({ text: `a ${secret}`, count: 4711, isIt: true, deep: [{ [secret]: 1 }] }, secret)

      expect(parsed()).toHaveLength(1)
      expect(lines.join('')).not.toContain(JSON.stringify(secret).slice(1, -1))
      expect(lines.join('')).toContain('"text":"a ********"')
    },
  )
})
