import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Command } from 'commander'
import { decryptSecret, readKey } from '../project/secrets.ts'
import { addConfigCommand } from './config.ts'
import { type CliIo, exitCodes } from './io.ts'
import { runProgram } from './program.ts'
import { addSecretCommand } from './secret.ts'
import { addValidateCommand } from './validate.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'home-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

function write(path: string, text: string): void {
  mkdirSync(dirname(join(home, path)), { recursive: true })
  writeFileSync(join(home, path), text)
}

interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

interface Surroundings {
  readonly env?: Record<string, string>
  /** What is typed or piped; a terminal shows whether it echoes on stderr. */
  readonly input?: string
  readonly isTerminal?: boolean
}

/** Runs one of the commands that need no agent, in this process. */
async function run(
  args: readonly string[],
  { env = {}, input = '', isTerminal = false }: Surroundings = {},
): Promise<Outcome> {
  const said = { stdout: '', stderr: '' }
  let exitCode = 0
  const stdin = Object.assign(new PassThrough(), { isTTY: isTerminal })
  if (isTerminal) stdin.write(input)
  else stdin.end(input)
  const io: CliIo = {
    stdout: { write: text => (said.stdout += text) },
    stderr: { write: text => (said.stderr += text) },
    stdin: stdin as unknown as NodeJS.ReadStream, // a stream with isTTY is all that is read of it
    env: { AGENT_HOME: home, ...env },
    signal: new AbortController().signal,
    setExitCode: code => {
      exitCode = code
    },
  }
  const program = new Command('agent').exitOverride()
  addConfigCommand(program, io)
  addSecretCommand(program, io)
  addValidateCommand(program, io)
  await runProgram(program, args, io)
  stdin.destroy()
  return { ...said, exitCode }
}

describe('agent config', () => {
  test('check says so when all is well', async () => {
    expect(await run(['config', 'check'])).toEqual({ stdout: 'the configuration is valid\n', stderr: '', exitCode: 0 })
  })

  test('check tells every problem, with what to do, and ends with 2', async () => {
    write('config/agent.yaml', 'api:\n  prot: 1\n')

    const { stdout, stderr, exitCode } = await run(['config', 'check', '--set', 'runners=many'])

    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: exitCodes.usage.code })
    expect(stderr).toContain('agent.yaml:2: api.prot is not a known key, did you mean "api.port"?')
    expect(stderr).toContain('flag --set runners: runners must be an integer')
    expect(stderr).toContain('→ correct the named key')
  })

  test('check tells where the levels of loggers are broken', async () => {
    write('config/logback.xml', '<configuration>\n  <loger name="agent" level="DEBUG"/>\n</configuration>\n')

    const { stdout, stderr, exitCode } = await run(['config', 'check'])

    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: exitCodes.usage.code })
    expect(stderr).toContain('config/logback.xml:2:3: <loger> is not known, did you mean "logger"?')
  })

  test.each([[[]], [['--json']]])('show masks secrets and tells origins %j', async flags => {
    write('config/agent.yaml', 'redis:\n  url: redis://:planted-secret@db:6379\n')

    const { stdout, exitCode } = await run(['config', 'show', ...flags], {
      env: { AGENT_API_TOKEN: 'planted-secret-token' },
    })

    expect(exitCode).toBe(0)
    expect(stdout).not.toContain('planted-secret')
    expect(stdout).toContain('********')
    expect(stdout).toContain(`${join(home, 'config', 'agent.yaml')}:2`)
    expect(stdout).toContain('environment AGENT_API_TOKEN')
  })

  test('schema prints JSON that asks for no key', async () => {
    const schema = JSON.parse((await run(['config', 'schema'])).stdout)

    expect(schema).toMatchObject({ additionalProperties: false, properties: { redis: { properties: { url: {} } } } })
    // The members of a list of keys are asked for: a key without its id is none.
    expect(JSON.stringify(schema).match(/"required":\[[^\]]*\]/g)).toEqual(['"required":["id","publicKey"]'])
  })
})

describe('agent secret encrypt', () => {
  const keyFile = () => join(home, 'var', 'secret.key')

  function decrypted(stdout: string): string {
    const [, value = ''] = /^encrypted: (v1:[A-Za-z0-9_-]+)\n$/.exec(stdout) ?? []
    return decryptSecret(value, readKey({ keyFile: keyFile() }))
  }

  test('makes the key at its first use and encrypts what is piped in, less the last line break', async () => {
    const { stdout, exitCode } = await run(['secret', 'encrypt'], { input: 'planted secret \n' })

    expect(exitCode).toBe(0)
    expect(statSync(keyFile()).mode & 0o777).toBe(0o600)
    expect(decrypted(stdout)).toBe('planted secret ')
  })

  test('asks on a terminal and shows nothing of what is typed', async () => {
    const { stdout, stderr } = await run(['secret', 'encrypt'], { input: 'planted-secret\r', isTerminal: true })

    expect(decrypted(stdout)).toBe('planted-secret')
    expect(stdout + stderr).not.toContain('planted')
    expect(stderr).toBe('secret (not shown): \n')
  })

  test.each([
    ['Ctrl-C', 'planted\x03'],
    ['Ctrl-D', '\x04'],
  ])('ends with 130 and no output on %s', async (_key, input) => {
    const { stdout, exitCode } = await run(['secret', 'encrypt'], { input, isTerminal: true })

    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: exitCodes.interrupted.code })
  })

  test('refuses an empty secret', async () => {
    const { stdout, exitCode } = await run(['secret', 'encrypt'], { input: '\n' })

    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: exitCodes.usage.code })
  })

  test('uses the key of the configuration and writes no file then', async () => {
    const key = Buffer.alloc(32, 7).toString('base64')

    const { stdout } = await run(['secret', 'encrypt'], { input: 'planted', env: { AGENT_SECRETS_KEY: key } })

    expect(decryptSecret(stdout.trim().replace('encrypted: ', ''), Buffer.alloc(32, 7))).toBe('planted')
    expect(readdirSync(home)).toEqual([])
  })
})

describe('agent validate', () => {
  beforeEach(() => {
    write('project/connections/files.yaml', 'connector: local-storage\nsettings: {directory: out}\n')
    write('project/operations/Copy.yaml', operation('files'))
  })

  function operation(connection: string): string {
    return [
      `source: {connection: ${connection}, activity: Read, options: {path: in.csv}}`,
      'target: {connection: files, activity: Write, options: {path: out.csv}}',
      '',
    ].join('\n')
  }

  test('finds nothing wrong with a project that is right', async () => {
    const { stdout, exitCode } = await run(['validate'])

    expect({ stdout, exitCode }).toEqual({ stdout: `${join(home, 'project')}: 0 errors, 0 warnings\n`, exitCode: 0 })
  })

  test('prints file, line and problem, and ends with 2', async () => {
    write('project/operations/Copy.yaml', operation('fiels'))

    const { stdout, exitCode } = await run(['validate'])

    expect(stdout).toContain('operations/Copy.yaml:1: the project has no connection "fiels", did you mean "files"?\n')
    expect(exitCode).toBe(exitCodes.usage.code)
  })

  test('ends with 0 for a warning, and prints JSON when asked', async () => {
    write('project/connections/files.yaml', 'connector: local-storage\nsettings: {directory: "[dir]"}\n')

    const { stdout, exitCode } = await run(['validate', '--json'])

    expect(JSON.parse(stdout)).toEqual({
      problems: [
        {
          severity: 'warning',
          code: 'VARIABLE_UNDEFINED',
          message: expect.stringContaining('connections/files.yaml:2: variable "dir"'),
        },
      ],
    })
    expect(exitCode).toBe(0)
  })

  test('checks settings with the schema of the connector and shows no secret', async () => {
    write(
      'project/connections/shop.yaml',
      'connector: bigcommerce\nsettings:\n  storeHsh: abc\n  accessToken: planted-secret\n',
    )

    const { stdout, exitCode } = await run(['validate'])

    expect(stdout).toContain('connections/shop.yaml:3: setting storeHsh is not a known key, did you mean "storeHash"?')
    expect(stdout).toContain('warning: connections/shop.yaml:4: the secret accessToken stands here in clear text')
    expect(stdout).not.toContain('planted-secret')
    expect(exitCode).toBe(exitCodes.usage.code)
  })

  test('finds nothing wrong with the example project', async () => {
    const example = join(import.meta.dirname, '..', '..', '..', 'config', 'example-project')

    const { stdout, exitCode } = await run(['validate', '--set', `projectDir=${example}`])

    expect({ stdout, exitCode }).toEqual({ stdout: `${example}: 0 errors, 0 warnings\n`, exitCode: 0 })
    expect(readFileSync(join(example, 'README.md'), 'utf8')).toContain('agent validate')
  })
})
