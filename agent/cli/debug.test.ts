import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { shareCliTests } from './cli-test.ts'
import { debugLineText } from './debug-text.ts'

const open = shareCliTests()

describe('debug', () => {
  test('lists what is on and what was written', async () => {
    const { run } = await open()

    const before = await run(['debug'])
    await run(['debug', 'on', 'Products to CSV', '--for', '30m', '--children'])
    await run(['debug', 'on', '--agent', '--group'])
    const after = await run(['debug', 'list'])

    expect(before.stdout).toMatch(/^nothing is switched on\n/)
    expect(before.stdout).toMatch(/^debugged +20.{17} +1\.2 kB/m)
    expect(after.stdout).toMatch(/^operation Products to CSV and its children +on this agent +20/m)
    expect(after.stdout).toMatch(/^every run +for the group +20/m)
  })

  test('switches on and off', async () => {
    const { run } = await open()

    const on = await run(['debug', 'on', '--run', 'r-1'])
    const until = await run(['debug', 'on', 'Products to CSV', '--until', new Date(Date.now() + 60_000).toISOString()])
    const off = await run(['debug', 'off', '--run', 'r-1'])
    const again = await run(['debug', 'off', '--run', 'r-1', '--json'])

    expect(on.stdout).toMatch(/^debug logging is on for run r-1 until 20.{17} \(on this agent\)\n$/)
    expect(on.stderr).toBe('this agent has no run "r-1" yet\n')
    expect(until.stderr).toBe('')
    expect(off.stdout).toMatch(/^switched off\nstill on: operation Products to CSV until /)
    expect(JSON.parse(again.stdout)).toMatchObject({ wasOn: false, switches: [{ name: 'Products to CSV' }] })
  })

  test.each([
    [['on'], 'name an operation, or --run <id>, or --agent'],
    [['on', 'x', '--agent'], 'name an operation, or --run <id>, or --agent'],
    [['on', 'x', '--for', 'long'], 'for "long": must be a time like 90s, 30m, 2h or 3d, at most 14d'],
    [['on', 'x', '--for', '15d'], 'at most 14d'],
    [['on', 'x', '--until', 'tomorrow'], 'must be like 17:30'],
    [['on', 'x', '--until', '25:00'], 'must be like 17:30'],
    [['on', 'x', '--until', '2020-01-01 12:00'], 'must lie ahead, by 14 days at most'],
    [['on', 'x', '--for', '1h', '--until', '2099-01-01T12:00:00Z'], 'give one of for and until'],
    [['on', '--agent', '--children'], 'only an operation has children'],
    [['on', '--run', 'a/b'], '/name'],
    [['show', 'none'], 'no debug data of run "none"'],
    [['show', 'debugged', '--step', 'all'], 'events, source, target, trigger'],
    [['download', 'none'], 'no debug data of run "none"'],
  ])('refuses %j', async (args, problem) => {
    const { run } = await open()

    const { exitCode, stderr } = await run(['debug', ...args])

    expect(exitCode).not.toBe(0)
    expect(stderr).toContain(problem)
  })

  test('shows a run, as JSON too, and tells when there is more', async () => {
    const { run } = await open()

    const shown = await run(['debug', 'show', 'debugged'])
    const some = await run(['debug', 'show', 'debugged', '--limit', '2'])
    const json = await run(['debug', 'show', 'debugged', '--json', '--limit', '1'])

    expect(shown.stdout).toMatch(/^run debugged: \*events \(1\.0 kB\), trigger \(234 B\)\n/)
    expect(shown.stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}batch settled {2}batch=1 records=10 durationMs=34$/m)
    expect(shown.stdout).not.toContain('there is more')
    expect(some.stdout).not.toContain('attempt ended')
    expect(some.stdout).toContain('… there is more: --limit, or agent debug download debugged\n')
    expect(
      json.stdout
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line)),
    ).toMatchObject([{ message: 'page read' }])
  })

  test('downloads a run into a file for its owner, never over another', async () => {
    const { run, home } = await open()
    const file = join(home, 'debug.tar.gz')

    const first = await run(['debug', 'download', 'debugged', '--output', file])
    const second = await run(['debug', 'download', 'debugged', '--output', file])

    expect(first.stdout).toBe(`${file}\n`)
    expect(await readFile(file, 'utf8')).toBe('packed')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(second.stderr).toContain('is there already')
  })
})

describe('debugLineText', () => {
  const time = '2026-11-25T12:00:00.007Z'

  test.each([
    [
      { time, level: 'trace', logger: 'org.jitterbit.connector.shop', message: 'sent', status: 200 },
      '[shop] sent  status=200',
    ],
    [{ time, level: 'warn', logger: 'agent.run', message: 'lost', why: 'no space' }, 'WARN lost  why="no space"'],
    [{ time, kind: 'read', number: 3, record: { id: 1 } }, 'read 3  record={"id":1}'],
    [{ time, message: 'x', body: 'y'.repeat(310) }, `x  body=${'y'.repeat(300)}… 10 more characters`],
  ])('puts %j on one line', (line, text) => {
    expect(debugLineText(JSON.stringify(line))).toMatch(/^\d\d:\d\d:00\.007 {2}/)
    expect(debugLineText(JSON.stringify(line)).slice(14)).toBe(`${text}\n`)
  })

  test('says what is missing', () => {
    expect(debugLineText('{"note":"the oldest file is gone"}')).toBe('the oldest file is gone\n')
  })
})
