import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { ReplayRequest } from '../api/rejected.ts'
import { type CliTest, openCliTest } from './cli-test.ts'

let cli: CliTest
beforeEach(async () => {
  cli = await openCliTest()
  await cli.control.submit('Products to CSV', { runId: 'r' })
})
afterEach(() => cli.close())

const numbersOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map(line => (JSON.parse(line) as { number: number }).number)

describe('agent rejected', () => {
  test('shows a table on a terminal', async () => {
    const { stdout } = await cli.run(['rejected', 'r'], { isTTY: true })

    const [headings, ...rows] = stdout.trimEnd().split('\n')
    expect(headings).toMatch(/^number {2}status +code +message +request +attempt +replayed in$/)
    expect(rows).toEqual([
      expect.stringMatching(/^ +3 {2}rejected {2}CONFLICT +POST .*"Hat", is taken +q-3 +1 {2}later: rejected$/),
      expect.stringMatching(/^ +17 {2}rejected {2}TRANSFORMATION_INVALID +field price: no number +2$/),
      expect.stringMatching(/^ +20 {2}unknown +the answer was lost +2$/),
    ])
  })

  test.each([
    [[], [3, 17, 20]],
    [['--code', 'CONFLICT'], [3]],
    [['--status', 'unknown'], [20]],
    [
      ['--limit', '2'],
      [3, 17],
    ],
  ])('with %j writes JSON lines when piped: %j', async (options, numbers) => {
    const { stdout, exitCode } = await cli.run(['rejected', 'r', ...options])

    expect(numbersOf(stdout)).toEqual(numbers)
    expect(exitCode).toBe(0)
  })

  test.each([
    ['out.ndjson', '{"number":3,'],
    ['out.CSV', 'number,status,code,'],
  ])('writes the file %s for its owner only', async (name, beginning) => {
    const file = join(cli.home, name)

    const { stdout, stderr } = await cli.run(['rejected', 'r', '--output', file])

    expect((await readFile(file, 'utf8')).startsWith(beginning)).toBe(true)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(stdout).toBe('')
    expect(stderr).toContain(file)
  })

  test.each([
    [['r', '--format', 'xml'], 2, 'Allowed choices'],
    [['r', '--status', 'written'], 2, 'Allowed choices'],
    [['r', '--output', '/no/such/folder/x'], 2, 'cannot be written'],
    [['x'], 1, 'RUN_NOT_FOUND'],
    [['x', '--output', '/tmp/never-written'], 1, 'RUN_NOT_FOUND'],
  ])('refuses %j with exit code %i', async (args, code, told) => {
    const { stderr, exitCode } = await cli.run(['rejected', ...args])

    expect(stderr).toContain(told)
    expect(exitCode).toBe(code)
  })
})

describe('agent replay', () => {
  test('tells the new run and what was left out', async () => {
    const { stdout, stderr } = await cli.run(['replay', 'r', '--include-unknown', '--only', '3'])

    expect(stdout).toBe('run replay-of-r: 2 records of run r again; 1 left out, replayed already\n')
    expect(stderr).toContain('may be doubled')
  })

  test('sends the records of an edited export', async () => {
    const asked: ReplayRequest[] = []
    const spying = await openCliTest({
      replay: async (runId, request) => {
        asked.push(request)
        return cli.control.replay(runId, request)
      },
    })
    const file = join(cli.home, 'edited.ndjson')
    await cli.run(['rejected', 'r', '--status', 'rejected', '--output', file])
    await writeFile(file, `\ufeff${(await readFile(file, 'utf8')).replace('"Hat","price"', '"Cap","price"')}\n`)

    const { exitCode } = await spying.run(['replay', 'r', '--from', file, '--again', '--requested-by', 'me'])
    await spying.close()

    expect(exitCode).toBe(0)
    expect(asked).toEqual([
      {
        again: true,
        requestedBy: 'me',
        records: [
          { number: 3, line: 1, record: { name: 'Cap', price: -1, note: '=1+1' } },
          { number: 17, line: 2, record: { name: 'Coat', number: 'N-1', images: [{ url: 'x' }] } },
        ],
      },
    ])
  })

  test.each([
    ['{"number":1,"record":{}}\nnonsense', ':2: is no JSON'],
    ['{"record":{}}', ':1: has no number'],
    ['{"number":1,"record":[]}', ':1: has no record'],
    ['null', ':1: has no number'],
    ['\n\n', 'holds no records'],
    ['\n{"number":4711,"record":{}}', 'line 2: record 4711'],
  ])('names the line of %j that is wrong', async (text, told) => {
    const file = join(cli.home, 'edited.ndjson')
    await writeFile(file, text)

    const { stderr, exitCode } = await cli.run(['replay', 'r', '--from', file])

    expect(stderr).toContain(told)
    expect(exitCode).toBe(2)
  })

  test.each([
    [['r', '--from', '/no/such/file'], 2, 'cannot be read'],
    [['r', '--only', 'three'], 2, 'numbers and ranges of numbers'],
    [['x'], 1, 'RUN_NOT_FOUND'],
  ])('refuses %j with exit code %i', async (args, code, told) => {
    const { stderr, exitCode } = await cli.run(['replay', ...args])

    expect(stderr).toContain(told)
    expect(exitCode).toBe(code)
  })
})
