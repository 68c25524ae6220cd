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
    ['debug', 'silent', ['asked']],
    ['silent', 'debug', ['asked']],
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

  test('changes the levels of loggers in use, and of those that come later', () => {
    const { loggers, parsed } = open()
    const agent = loggers.get('agent.run')
    const early = loggers.forConnector('shop', { runId: 'early' })
    const debugged = loggers.forConnector('shop', { runId: 'debugged' }, 'debug')
    const speak = () => {
      agent.debug({}, 'agent')
      for (const logger of [early, debugged, loggers.forConnector('shop', { runId: 'late' })]) {
        logger.debug({}, 'debug')
        logger.trace({}, 'trace')
      }
    }
    const said = () => (parsed() as { runId?: string; message: string }[]).map(({ runId, message }) => [runId, message])

    speak()
    loggers.setLevels(new Map([['org.jitterbit', 'TRACE']]))
    speak()
    loggers.setLevels(new Map([['ROOT', 'OFF']]))
    speak()

    expect(said()).toEqual([
      ['debugged', 'debug'],
      ...['early', 'debugged', 'late'].flatMap(run => [
        [run, 'debug'],
        [run, 'trace'],
      ]),
      ['debugged', 'debug'],
    ])
  })

  test('goes on to debug a run that began while all was debugged', () => {
    const { loggers, parsed } = open('debug')
    const debugged = loggers.forConnector('shop', { runId: 'r' }, 'debug')

    loggers.setLevels(new Map([['ROOT', 'INFO']]))
    debugged.debug({}, 'asked')

    expect(parsed()).toHaveLength(1)
  })

  test('tells a connector what would be written now', () => {
    const { loggers } = open()
    const logger = loggers.forConnector('shop', { runId: 'r' })

    const before = [logger.isEnabled?.('info'), logger.isEnabled?.('debug')]
    loggers.setLevels(new Map([['org.jitterbit.connector.shop', 'DEBUG']]))
    const after = [logger.isEnabled?.('debug'), logger.isEnabled?.('trace')]

    expect(before).toEqual([true, false])
    expect(after).toEqual([true, false])
  })

  test('masks a secret that lies across the place where a long text is cut', () => {
    const { loggers, lines, parsed } = open('info', ['planted-secret'])

    loggers
      .forConnector('shop', { runId: 'r' })
      .info({ body: `${'a'.repeat(9_992)}planted-secret${'b'.repeat(99)}` }, 'read')

    expect(lines.join('')).not.toContain('planted')
    expect(parsed()).toMatchObject([{ body: `${'a'.repeat(9_992)}********… 99 more characters` }])
  })

  test('gives a connector the methods of the contract and nothing else', () => {
    const log = open().loggers.forConnector('shop', { runId: 'r' })

    expect(Object.keys(log)).toEqual(['trace', 'debug', 'info', 'warn', 'error', 'isEnabled'])
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
