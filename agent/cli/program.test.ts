import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import { agentErrors } from '../errors.ts'
import { noCounts } from '../run/status.ts'
import { shareCliTests, testToken } from './cli-test.ts'

const releases: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const release of releases.splice(0)) await release()
})

const open = shareCliTests()

const operation = 'Products to CSV'

describe('usage', () => {
  test('lists commands and exit codes', async () => {
    const { run } = await open()

    const { stdout, exitCode } = await run(['--help'])

    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/submit \[options\] <operation>/)
    expect(stdout).toMatch(/130 {2}Ctrl-C/)
  })

  test.each([
    [['statsu'], 'Did you mean status?'],
    [['status', '--jsno'], 'Did you mean --json?'],
    [['run'], "missing required argument 'id'"],
    [['submit', operation, '--var', 'novalue'], 'name=value'],
    [['submit', operation, '--timeout', 'soon'], 'whole number'],
    [['runs', '--status', 'done'], 'Allowed choices'],
    [['logs', '--level', 'loud'], 'Allowed choices'],
    [['schema'], "missing required argument 'object'"],
    [['query', 'products', '--filter', 'red'], 'name=value'],
    [['query', 'products', '--limit', 'few'], 'whole number'],
    [['query', 'products', 'images', 'more'], 'more than an object and a sub-object'],
    [['query', 'shop'], 'an object of shop is missing'],
    [['schema', 'prodcuts'], 'did you mean "products"?'],
  ])('refuses %j with exit code 2', async (args, told) => {
    const { run } = await open()

    const { stdout, stderr, exitCode } = await run(args)

    expect(stderr).toContain(told)
    expect(stdout).toBe('')
    expect(exitCode).toBe(2)
  })

  test.each([
    ['status'],
    ['pacing'],
    ['submit'],
    ['runs'],
    ['run'],
    ['cancel'],
    ['drain'],
    ['resume'],
    ['logs'],
    ['test-connection'],
    ['connectors list'],
    ['objects'],
    ['schema'],
    ['query'],
    ['version'],
    ['start'],
    ['validate'],
  ])('shows examples in the help of %s', async name => {
    const { run } = await open()

    const { stdout } = await run([...name.split(' '), '--help'])

    expect(stdout).toContain(`Examples:\n  agent ${name}`)
  })

  test('tells its version', async () => {
    const { run } = await open()

    const text = await run(['version'])
    const json = await run(['version', '--json'])

    expect(text.stdout).toBe('1.2.3\n')
    expect(JSON.parse(json.stdout)).toMatchObject({ version: '1.2.3', node: process.version })
  })

  test('hands everything after sandbox on to it', async () => {
    const { run } = await open()

    const { stdout } = await run(['sandbox', '--products', '5', '--help'])

    expect(stdout).toBe('--products 5 --help')
  })
})

describe('where the agent is', () => {
  test('takes address and token from the files the agent of the home left', async () => {
    const { run, home, url } = await open()
    await mkdir(join(home, 'var'))
    await writeFile(join(home, 'var', 'agent.url'), `${url}\n`)
    await writeFile(join(home, 'var', 'api-token'), `${testToken}\n`)

    const { stdout, exitCode } = await run(['status', '--home', home], { env: {} })

    expect(stdout).toContain(url)
    expect(exitCode).toBe(0)
  })

  test('lets flags win over the environment', async () => {
    const { run, home, url } = await open()
    const tokenFile = join(home, 'token')
    await writeFile(tokenFile, testToken)
    const env = { AGENT_URL: 'http://127.0.0.1:1', AGENT_API_TOKEN: 'wrong' }

    const { stderr, exitCode } = await run(['status', '--url', `${url}/`, '--token-file', tokenFile], { env })

    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
  })

  test('names a token file that cannot be read', async () => {
    const { run, home, url } = await open()
    const file = join(home, 'none')

    const { stderr, exitCode } = await run(['status', '--token-file', file], { env: { AGENT_URL: url } })

    expect(stderr).toContain(`error CONFIG_INVALID: the token file ${file} cannot be read`)
    expect(exitCode).toBe(2)
  })

  test.each(['localhost', 'ftp://localhost', 'http://'])('refuses %j as an address', async address => {
    const { run } = await open()

    const { stderr, exitCode } = await run(['status', '--url', address])

    expect(stderr).toContain(`error CONFIG_INVALID: ${JSON.stringify(address)} is not the address of an agent`)
    expect(exitCode).toBe(2)
  })

  test('tells the address where nobody answers, and what to do', async () => {
    const { run, api, url } = await open()
    await api.close()

    const { stdout, stderr, exitCode } = await run(['status'])

    expect(stdout).toBe('')
    expect(stderr).toContain(`error AGENT_UNREACHABLE: no agent answers at ${url}`)
    expect(stderr).toContain(`  → ${agentErrors.AGENT_UNREACHABLE.cure}\n`)
    expect(exitCode).toBe(5)
  })

  test('tells errors as one JSON object with --json', async () => {
    const { run } = await open()

    const { stdout, stderr, exitCode } = await run(['run', 'none', '--json'])

    expect(stdout).toBe('')
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: 'RUN_NOT_FOUND',
        message: 'no run "none" is known to this agent',
        cure: agentErrors.RUN_NOT_FOUND.cure,
      },
    })
    expect(exitCode).toBe(1)
  })

  test('never repeats a token that is refused', async () => {
    const { run } = await open()

    const { stderr, exitCode } = await run(['status', '--token', 'secret-but-wrong'])

    expect(stderr).toContain('error UNAUTHORIZED')
    expect(stderr).not.toContain('secret-but-wrong')
    expect(exitCode).toBe(1)
  })

  test.each([
    [200, '<html>a proxy</html>'],
    [502, '<html>a proxy</html>'],
    [404, '{"error":"not found"}'],
  ])('takes %d %s for the answer of somebody else', async (status, body) => {
    const { run } = await open()
    const url = await serve(status, body)

    const { stderr, exitCode } = await run(['status', '--url', url])

    expect(stderr).toContain('error AGENT_UNREACHABLE')
    expect(stderr).toContain('not like an agent')
    expect(exitCode).toBe(5)
  })

  test('shows a problem of a newer agent that it does not know', async () => {
    const { run } = await open()
    const url = await serve(409, '{"code":"NEWER_CODE","detail":"something new","cure":"do this"}')

    const { stderr, exitCode } = await run(['status', '--url', url])

    expect(stderr).toContain('NEWER_CODE: something new')
    expect(exitCode).toBe(1)
  })

  test('gives up at Ctrl-C while an agent hangs', async () => {
    const { start } = await open()
    const hanging = createServer(() => undefined)
    const url = await listen(hanging)
    const command = start(['status', '--url', url])
    await once(hanging, 'request')

    command.interrupt()
    const { stderr, exitCode } = await command.ended

    expect(stderr).toBe('')
    expect(exitCode).toBe(130)
  })
})

describe('pacing', () => {
  test('shows quota, who used it and what waits', async () => {
    const { run } = await open()

    const { stdout } = await run(['pacing'])

    expect(stdout).toContain('connections     shop\nquota           150 in 30.0 s\nleft            40, new in 12.3 s\n')
    expect(stdout).toContain('used by us      80\nused by others  30\nin flight       4 GET /v3/catalog/products\n')
    expect(stdout).toContain('waiting         2\nwaited          1 min 01 s for 1,234 requests\n')
  })

  test('says that nothing was paced', async () => {
    const { run } = await open({ pacing: async () => [] })

    expect((await run(['pacing'])).stdout).toBe('no request was paced in the last day\n')
  })
})

describe('status, drain and resume', () => {
  test('shows the state with thousands separators', async () => {
    const { run } = await open()

    const { stdout } = await run(['status'])

    expect(stdout).toContain('state   running\n')
    expect(stdout).toContain('default, 1,200 waiting')
    expect(stdout).toContain('runner  pid   state    restarts  runs\n')
  })

  test('gives the answer of the agent as it is with --json', async () => {
    const { run, control } = await open()

    const { stdout } = await run(['status', '--json'])

    expect(JSON.parse(stdout)).toEqual(control.status())
  })

  test('drains and resumes', async () => {
    const { run, control } = await open()

    const drained = await run(['drain', '--wait'])
    const state = control.status().state
    const resumed = await run(['resume'])

    expect(drained.stdout).toBe('drained: no run is left\n')
    expect(state).toBe('drained')
    expect(resumed.stdout).toBe('running\n')
  })

  test('waits for the last run of a drain', async () => {
    const { control } = await open()
    const answers = [{ state: 'draining' }, { state: 'draining' }, { state: 'drained' }] as const
    let asked = 0
    const status = () => ({ ...control.status(), ...(answers[asked++] ?? answers[2]) })
    const { run } = await open({ status })

    const { stdout, exitCode } = await run(['drain', '--wait'])

    expect(stdout).toBe('drained: no run is left\n')
    expect(asked).toBe(3)
    expect(exitCode).toBe(0)
  })
})

describe('submit', () => {
  test('puts a run on the queue and prints its id only', async () => {
    const { run, control } = await open()
    const flags = ['--run-id', 'mine', '--timeout', '60', '--requested-by', 'nightly', '--debug']

    const { stdout, exitCode } = await run(['submit', operation, '--var', 'a=1', '--var', 'b=x=y', ...flags])

    expect(stdout).toBe('mine\n')
    expect(exitCode).toBe(0)
    expect(control.submitted).toEqual([
      {
        operation,
        request: {
          runId: 'mine',
          variables: { a: '1', b: 'x=y' },
          timeoutSeconds: 60,
          requestedBy: 'nightly',
          debug: { enabled: true },
        },
      },
    ])
  })

  test('tells an operation that is not there', async () => {
    const { run } = await open()

    const { stderr, exitCode } = await run(['submit', 'nothing'])

    expect(stderr).toContain('error OPERATION_NOT_FOUND: no operation "nothing"')
    expect(exitCode).toBe(1)
  })

  test.each([
    ['success', 0],
    ['success-with-warning', 0],
    ['error', 3],
    ['canceled', 4],
  ] as const)('follows a run to its end: %s is exit code %d', async (status, code) => {
    const { start, control } = await open()
    const command = start(['submit', operation, '--run-id', 'mine', '--follow'])
    await command.printed('run mine\n')

    control.tell('mine', 'warning', 'almost there')
    control.change('mine', { status })
    const { stdout, exitCode } = await command.ended

    expect(stdout).toMatch(/\d\d:\d\d:\d\d {2}warning {2}almost there\n/)
    expect(stdout).toContain(`status     ${status}\n`)
    expect(exitCode).toBe(code)
  })
})

describe('runs', () => {
  test('lists runs as an aligned table', async () => {
    const { run, control } = await open()
    await control.submit(operation, { runId: 'a' })
    await control.submit(operation, { runId: 'much-longer' })
    control.change('a', { counts: { ...control.run('a').counts, read: 12_345 } })

    const { stdout } = await run(['runs'])
    const lines = stdout.trimEnd().split('\n')

    expect(lines).toHaveLength(3)
    expect(lines[0]).toMatch(/^run {10}operation/)
    expect(lines[1]).toMatch(/^much-longer {2}Products to CSV/)
    expect(lines[2]).toMatch(/^a {12}Products to CSV {2}submitted .* 12,345 /)
  })

  test('tells where the next page begins, beside the table', async () => {
    const { run, control } = await open()
    for (const runId of ['a', 'b']) await control.submit(operation, { runId })

    const { stdout, stderr } = await run(['runs', '--limit', '1'])

    expect(stdout).toMatch(/\nb [^\n]*\n$/)
    expect(stderr).toBe('more: --cursor 2\n')
  })

  test('asks on while a search is answered in parts', async () => {
    const asked: object[] = []
    const { run, control } = await open({
      runs({ cursor = 9, limit }) {
        asked.push({ cursor, limit })
        if (cursor === 9) return { runs: [control.run('b')], next: 5, incomplete: true }
        return cursor === 5 ? { runs: [], next: 3, incomplete: true } : { runs: [control.run('a')], next: 1 }
      },
    })
    for (const runId of ['a', 'b']) await control.submit(operation, { runId })

    const { stdout } = await run(['runs', '--limit', '2', '--text', 'x', '--json'])

    expect(JSON.parse(stdout)).toMatchObject({ runs: [{ runId: 'b' }, { runId: 'a' }], next: 1 })
    expect(JSON.parse(stdout)).not.toHaveProperty('incomplete')
    expect(asked).toEqual([
      { cursor: 9, limit: 2 },
      { cursor: 5, limit: 1 },
      { cursor: 3, limit: 1 },
    ])
  })

  test('keeps to 120 columns by shortening names of operations', async () => {
    const { run, control } = await open()
    await control.submit(operation, { runId: '20261123-231702-8f3k2q8f3k' })
    const counts = { ...noCounts(), read: 1_234_567, written: 1_234_567, rejected: 12_345 }
    const name = 'Products of the whole store to the warehouse'
    control.change('20261123-231702-8f3k2q8f3k', {
      ...{ status: 'success-with-warning', operation: name, counts, durationMs: 605_000 },
    })

    const { stdout } = await run(['runs'])

    expect(stdout).toMatch(/ {2}Products[^…]*… {2}success/)
    expect(Math.max(...stdout.split('\n').map(line => line.length))).toBe(120)
  })

  test.each([
    ['a terminal', { isTTY: true }, true],
    ['a pipe', { isTTY: false }, false],
  ])('colours statuses and levels for %s: %s', async (_where, terminal, isColoured) => {
    const { run, control } = await open()
    await control.submit(operation, { runId: 'a' })
    control.change('a', { status: 'error' })
    control.tell('a', 'warning', 'careful')

    const texts = [await run(['runs'], terminal), await run(['run', 'a'], terminal)].map(({ stdout }) => stdout)

    expect(texts.map(text => text.includes('\u001b[31merror'))).toEqual([isColoured, isColoured])
    expect(texts.join('').includes('\u001b[33mwarning')).toBe(isColoured)
  })

  test('uses no colours where NO_COLOR is set', async () => {
    const { run, control, url, home } = await open()
    await control.submit(operation, { runId: 'a' })
    control.change('a', { status: 'error' })
    const env = { AGENT_URL: url, AGENT_API_TOKEN: testToken, AGENT_HOME: home, NO_COLOR: '1' }

    const { stdout } = await run(['runs'], { isTTY: true, env })

    expect(stdout).toContain('error')
    expect(stdout).not.toContain('\u001b')
  })

  test('hands filters on and shows nothing of other runs', async () => {
    const { run, control } = await open()
    for (const runId of ['a', 'b', 'c']) await control.submit(operation, { runId })
    control.change('b', { status: 'error' })

    const byStatus = await run(['runs', '--status', 'error', '--operation', operation, '--json'])
    const paged = await run(['runs', '--limit', '1', '--before', '3', '--json'])

    expect(JSON.parse(byStatus.stdout).runs).toMatchObject([{ runId: 'b' }])
    expect(JSON.parse(paged.stdout)).toMatchObject({ runs: [{ runId: 'b' }], next: 2 })
  })

  test('exports all runs that fit, also more than a page', async () => {
    const { run, control } = await open()
    for (let number = 1; number <= 25; number += 1) await control.submit(operation, { runId: `n${number}` })

    const { stdout } = await run(['runs', '--format', 'csv', '--operation', operation])

    expect(stdout.trimEnd().split('\n')).toHaveLength(26)
    expect(stdout).toMatch(/^run,operation,status,/)
  })

  test('shows a run with its messages', async () => {
    const { run, control } = await open()
    await control.submit(operation, { runId: 'a', requestedBy: 'nightly' })
    control.tell('a', 'error', 'the store is away')
    control.change('a', { status: 'error', error: { code: 'NETWORK', message: 'reset' }, attempt: 2 })

    const { stdout, exitCode } = await run(['run', 'a'])

    expect(stdout).toMatch(/^error +NETWORK: reset\nwhat to do +\S/m)
    expect(stdout).toContain('by nightly\n')
    expect(stdout).toContain('test-agent, attempt 2\n')
    expect(stdout).toContain('error    the store is away\n')
    expect(exitCode).toBe(0)
  })

  test('shows all messages of a run that has more than one answer holds', async () => {
    const { run, control } = await open()
    await control.submit(operation, { runId: 'a' })
    for (let number = 1; number <= 1_001; number++) control.tell('a', 'info', `message ${number}.`)

    const { stdout } = await run(['run', 'a'])

    expect(stdout).toContain('message 1.\n')
    expect(stdout).toContain('message 1001.\n')
  })

  test('lets no vendor text command the terminal', async () => {
    const { run, control } = await open()
    await control.submit(operation, { runId: 'a' })
    control.tell('a', 'error', 'bad \u001b[2J\u001b]0;title\u0007 name\u009b31m')

    const { stdout } = await run(['run', 'a'], { isTTY: true })

    expect(stdout).toContain('bad ')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: our own colours
    const uncoloured = stdout.replace(/\u001b\[(2|22|31|39)m/g, '')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(uncoloured).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  })

  test('shows the runs that belong to a run', async () => {
    const { run, control } = await open()
    await control.submit(operation, { runId: 'a', parent: { runId: 'p', operation: 'all' } })
    const again = { runId: 'r', operation, status: 'success' as const }
    const failed = { runId: 'c', operation, status: 'error' as const }
    control.change('a', {
      children: { count: 23, byStatus: { success: 22, error: 1 }, runs: [failed] },
      replays: { count: 1, byStatus: { success: 1 }, runs: [again] },
    })

    const { stdout } = await run(['run', 'a'])

    expect(stdout).toMatch(/^parent +p \(all\)$/m)
    expect(stdout).toMatch(/^children +23 runs: 1 error, 22 success$/m)
    expect(stdout).toMatch(/^children +operation +status\nc +Products to CSV +error\nand 22 older$/m)
    expect(stdout).toMatch(/^replayed in +operation +status\nr +Products to CSV +success$/m)
  })

  test('submits a run that belongs to another, and lists those', async () => {
    const { run, control } = await open()
    await control.submit(operation, { runId: 'alone' })
    await run(['submit', operation, '--run-id', 'child', '--parent', 'alone'])

    const { stdout } = await run(['runs', '--parent', 'alone', '--json'])

    expect(JSON.parse(stdout).runs).toMatchObject([{ runId: 'child', parent: { runId: 'alone' } }])
    expect(JSON.parse(stdout).runs).toHaveLength(1)
  })

  test('asks a run to stop', async () => {
    const { run, control } = await open()
    await control.submit(operation, { runId: 'a' })

    const { stdout } = await run(['cancel', 'a'])

    expect(stdout).toBe('a: is asked to stop\n')
    expect(control.run('a').status).toBe('cancel-requested')
  })

  test('asks a run to stop and follows it to its end', async () => {
    const { start, control } = await open()
    await control.submit(operation, { runId: 'a' })
    control.tell('a', 'info', 'started')
    const command = start(['run', 'a', '--cancel', '--follow'])
    await command.printed('started')
    const asked = control.run('a').status

    control.change('a', { status: 'canceled' })
    const { exitCode } = await command.ended

    expect(asked).toBe('cancel-requested')
    expect(exitCode).toBe(4)
  })

  test('shows progress on a terminal', async () => {
    const { start, control } = await open()
    await control.submit(operation, { runId: 'a' })
    const counts = { ...control.run('a').counts, read: 2_500, written: 2_500 }
    control.change('a', { status: 'running', total: 10_000, durationMs: 5_000, counts })
    const command = start(['run', 'a', '-f'], { isTTY: true })

    await command.printed('[######------------------] 2,500 of 10,000')
    control.change('a', { counts: { ...counts, read: 5_000 } })
    await command.printed('[############------------] 5,000 of 10,000')
    control.change('a', { counts: { ...counts, read: 7_500 } })
    await command.printed('[##################------] 7,500 of 10,000  ')
    control.change('a', { status: 'success' })
    const { stdout } = await command.ended

    // Half a second lies between two looks: the rate is that of the time between them, not of the whole run.
    expect(stdout).toMatch(/7,500 of 10,000 {2}[2-5],\d\d\d\/s {2}\S+ m?s left/)
    expect(stdout).toContain('\r\u001b[K')
  })

  test('shows no progress line in a pipe', async () => {
    const { start, control } = await open()
    await control.submit(operation, { runId: 'a' })
    control.tell('a', 'info', 'started')
    control.change('a', { status: 'running', total: 10_000, durationMs: 5_000 })
    const command = start(['run', 'a', '-f'])
    await command.printed('started')

    control.change('a', { status: 'success' })
    const { stdout } = await command.ended

    expect(stdout).not.toContain('\r')
    expect(stdout).not.toContain('[#')
  })

  test('follows as JSON lines with --json, the run last', async () => {
    const { start, control } = await open()
    await control.submit(operation, { runId: 'a' })
    control.tell('a', 'info', 'started')
    const command = start(['run', 'a', '-f', '--json'], { isTTY: true })
    await command.printed('started')

    control.change('a', { status: 'success' })
    const { stdout } = await command.ended
    const lines = stdout.trimEnd().split('\n')

    expect(lines.map(line => JSON.parse(line))).toMatchObject([{ message: 'started' }, { status: 'success' }])
  })

  test('leaves the run alone at Ctrl-C', async () => {
    const { start, control } = await open()
    await control.submit(operation, { runId: 'a' })
    control.tell('a', 'info', 'started')
    const command = start(['run', 'a', '-f'])
    await command.printed('started')

    command.interrupt()
    const { exitCode, stderr } = await command.ended

    expect(exitCode).toBe(130)
    expect(stderr).toBe('')
    expect(control.run('a').status).toBe('submitted')
  })
})

describe('connections and connectors', () => {
  test('tells what a connection test found and what to do', async () => {
    const { run } = await open()

    const { stdout, exitCode } = await run(['test-connection', 'shop'])

    expect(stdout).toContain('FAILED AUTHENTICATION_FAILED: the token is not valid\n')
    expect(stdout).toContain('FAIL  access token: the store does not accept it\n')
    expect(stdout).toContain('  → put a valid credential')
    expect(exitCode).toBe(3)
  })

  test('lists releases', async () => {
    const { run } = await open()

    const { stdout } = await run(['connectors'])

    expect(stdout).toMatch(
      /^connector +version +hash +state\nbigcommerce +0\.1\.0 +0123456789ab +in use; verified, signed with fedcba9876543210\n$/,
    )
  })
})

describe('logs', () => {
  const line = (level: string, message: string, runId = 'r1') => JSON.stringify({ level, runId, message })

  test('gives the last lines as they are in a pipe', async () => {
    const { run, control } = await open()
    for (const message of ['one', 'two', 'three']) control.log(line('info', message))

    const { stdout } = await run(['logs', '-n', '2'])

    expect(stdout).toBe(`${line('info', 'two')}\n${line('info', 'three')}\n`)
  })

  test.each([
    [
      ['--level', 'warn'],
      ['bad', 'other'],
    ],
    [['--run', 'r2'], ['other']],
    [['--grep', 'goo'], ['good']],
    [['--grep', 'o', '--level', 'error'], ['other']],
  ])('shows with %j only %j', async (flags, expected) => {
    const { run, control } = await open()
    for (const text of [line('info', 'good'), line('warn', 'bad'), line('error', 'other', 'r2')]) control.log(text)

    const { stdout } = await run(['logs', ...flags])
    const messages = stdout.trimEnd().split('\n')

    expect(messages.map(text => JSON.parse(text).message)).toEqual(expected)
  })

  test('is pretty on a terminal, without colour when NO_COLOR says so', async () => {
    const { run, control, url } = await open()
    control.log(line('warn', 'look here'))
    const env = { AGENT_URL: url, AGENT_API_TOKEN: testToken, NO_COLOR: '1' }

    const coloured = await run(['logs'], { isTTY: true })
    const { stdout } = await run(['logs'], { isTTY: true, env })

    expect(coloured.stdout).toContain('\u001b[')
    expect(stdout).toMatch(/WARN.*look here/)
    expect(stdout).not.toContain('{"level"')
    expect(stdout).not.toContain('\u001b[')
  })

  test('lets no vendor text command the terminal', async () => {
    const { run, control, url } = await open()
    control.log(line('warn', 'bad \u001b[2J name'))
    const env = { AGENT_URL: url, AGENT_API_TOKEN: testToken, NO_COLOR: '1' }

    const { stdout } = await run(['logs'], { isTTY: true, env })

    expect(stdout).toContain('name')
    expect(stdout).not.toContain('\u001b')
  })

  test('follows until Ctrl-C', async () => {
    const { start, control } = await open()
    control.log(line('info', 'old'))
    const command = start(['logs', '-f'])
    await command.printed('old')

    control.log(line('info', 'new'))
    await command.printed('new')
    command.interrupt()
    const { stdout, stderr, exitCode } = await command.ended

    expect(stdout).toBe(`${line('info', 'old')}\n${line('info', 'new')}\n`)
    expect(stderr).toBe('')
    expect(exitCode).toBe(130)
  })

  test('comes back where it was when the connection breaks', async () => {
    const asked: (string | undefined)[] = []
    const { run } = await open({
      async *agentLog({ after }) {
        asked.push(after)
        yield { text: line('info', after ?? 'first'), cursor: after === undefined ? 'agent:1' : 'agent:2' }
        if (asked.length === 1) throw new Error('broken')
      },
    })

    const { stdout } = await run(['logs', '-f'])

    expect(asked).toEqual([undefined, 'agent:1'])
    expect(stdout).toBe(`${line('info', 'first')}\n${line('info', 'agent:1')}\n`)
  })

  test('reads the files of the home when no agent answers there, and says so', async () => {
    const { run, home } = await open()
    await mkdir(join(home, 'var', 'logs'), { recursive: true })
    await writeFile(join(home, 'var', 'logs', 'agent.log'), `${line('info', 'good')}\n${line('warn', 'bad')}\n`)
    await writeFile(join(home, 'var', 'agent.url'), 'http://127.0.0.1:9')

    const { stdout, stderr, exitCode } = await run(['logs', '--home', home, '--level', 'warn'], { env: {} })

    expect([stdout, stderr, exitCode]).toEqual([
      `${line('warn', 'bad')}\n`,
      `no agent answers; reading the files in ${home}/var/logs\n`,
      0,
    ])
  })

  test('says so when the agent goes away while it is followed', async () => {
    const { start, control, api } = await open()
    control.log(line('info', 'old'))
    const command = start(['logs', '-f'])
    await command.printed('old')

    await api.close()
    const { stderr, exitCode } = await command.ended

    expect(stderr).toContain('error AGENT_UNREACHABLE')
    expect(exitCode).toBe(5)
  })
})

async function serve(status: number, body: string): Promise<string> {
  return listen(createServer((_request, response) => response.writeHead(status).end(body)))
}

async function listen(server: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  releases.push(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on a port
}
