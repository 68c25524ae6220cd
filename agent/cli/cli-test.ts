import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach } from '@jest/globals'
import type { FastifyInstance } from 'fastify'
import type { AgentControl } from '../api/control.ts'
import { createMemoryControl, type MemoryControl } from '../api/memory-control.ts'
import { createApi } from '../api/server.ts'
import { createLoggers } from '../logs/loggers.ts'
import { createRedactor } from '../logs/redact.ts'
import type { CliIo } from './io.ts'
import { createProgram, runProgram } from './program.ts'

/** The bearer token of the agents of tests. */
export const testToken = 'planted-token-of-the-cli'

/** How a command ended and what it printed. */
export interface CommandEnd {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

/** A command at work. */
export interface RunningCommand {
  readonly ended: Promise<CommandEnd>
  /** Resolves when stdout holds the text. */
  printed(text: string): Promise<void>
  /** Ctrl-C. */
  interrupt(): void
}

/** A terminal, an agent to talk to, and an empty home. */
export interface CliTest {
  readonly control: MemoryControl
  readonly api: FastifyInstance
  readonly url: string
  readonly home: string
  start(args: readonly string[], terminal?: Terminal): RunningCommand
  run(args: readonly string[], terminal?: Terminal): Promise<CommandEnd>
  close(): Promise<void>
}

/** What a test may choose of the terminal; the environment names the agent unless it is given. */
export interface Terminal {
  readonly isTTY?: boolean
  readonly env?: CliIo['env']
}

/** For a test file: opens terminals with agents of their own, which are closed after the test. */
export function shareCliTests(): typeof openCliTest {
  const opened: CliTest[] = []
  afterEach(async () => {
    for (const cli of opened.splice(0)) await cli.close()
  })
  return async overrides => {
    const cli = await openCliTest(overrides)
    opened.push(cli)
    return cli
  }
}

/** Starts an API over an agent in memory on a free port. */
export async function openCliTest(overrides: Partial<AgentControl> = {}): Promise<CliTest> {
  const control = createMemoryControl(overrides)
  const loggers = createLoggers({ level: 'silent', fields: {}, redactor: createRedactor(), sink: () => undefined })
  const api = createApi({ control, token: testToken, version: '1.2.3', logger: loggers.get('agent.api') })
  const url = await api.listen({ host: '127.0.0.1', port: 0 })
  const home = await mkdtemp(join(tmpdir(), 'agent-cli-'))
  const defaults = { AGENT_URL: url, AGENT_API_TOKEN: testToken, AGENT_HOME: home }

  const start = (args: readonly string[], { isTTY = false, env = defaults }: Terminal = {}) =>
    startCommand(args, { isTTY, env })
  return {
    control,
    api,
    url,
    home,
    start,
    run: (args, terminal) => start(args, terminal).ended,
    async close() {
      await api.close()
      await rm(home, { recursive: true, force: true })
    },
  }
}

function startCommand(args: readonly string[], { isTTY, env }: Required<Terminal>): RunningCommand {
  const interrupt = new AbortController()
  const texts = { stdout: '', stderr: '' }
  const listeners = new Set<() => void>()
  let exitCode = 0
  const io: CliIo = {
    stdout: {
      isTTY,
      write(text) {
        texts.stdout += text
        for (const listener of listeners) listener()
      },
    },
    stderr: {
      isTTY,
      write(text) {
        texts.stderr += text
      },
    },
    stdin: new PassThrough() as unknown as NodeJS.ReadStream, // no command of these tests asks whether it is a terminal
    env,
    signal: interrupt.signal,
    setExitCode(code) {
      exitCode = code
    },
  }
  const program = createProgram(io, {
    version: '1.2.3',
    start: async () => undefined,
    sandbox: async sandboxArgs => void io.stdout.write(sandboxArgs.join(' ')),
  })
  return {
    ended: runProgram(program, args, io).then(() => ({ ...texts, exitCode })),
    interrupt: () => interrupt.abort(),
    printed: text =>
      new Promise(resolve => {
        const look = () => {
          if (!texts.stdout.includes(text)) return
          listeners.delete(look)
          resolve()
        }
        listeners.add(look)
        look()
      }),
  }
}
