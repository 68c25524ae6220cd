import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Agent, startAgent } from './agent.ts'
import { type ConfigOptions, loadFor } from './cli/config.ts'
import { type CliIo, exitCodes } from './cli/io.ts'
import { createProgram, runProgram } from './cli/program.ts'
import { AgentError } from './errors.ts'
import { inProcessRunner, processRunners } from './runner-links.ts'
import { readVersion } from './version.ts'

/** Runs `agent …` in this process: arguments, signals, exit code. `main` is the file to start runners with. */
export async function runCommandLine(args: readonly string[], main: string): Promise<void> {
  const interrupt = new AbortController()
  const io: CliIo = {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    signal: interrupt.signal,
    setExitCode: code => {
      process.exitCode = code
    },
  }
  // `agent logs | head` closes our stdout: that is the end of our work, not a crash.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit()
  })
  const onInterrupt = () => interrupt.abort()
  process.once('SIGINT', onInterrupt)
  const program = createProgram(io, {
    version: readVersion(),
    start(options) {
      process.off('SIGINT', onInterrupt)
      return start(options, io, main)
    },
    sandbox(sandboxArgs) {
      process.off('SIGINT', onInterrupt)
      return sandbox(sandboxArgs, io)
    },
  })
  await runProgram(program, args, io)
}

async function start(options: ConfigOptions, io: CliIo, main: string): Promise<void> {
  const { config, home } = loadFor(options, io.env)
  const agent = await startAgent({
    config,
    home,
    version: readVersion(),
    startRunner: config.runners === 0 ? inProcessRunner() : processRunners(main),
    toStdout: text => io.stdout.write(text),
  })
  process.on('uncaughtException', error => {
    // A promise that nobody handled comes here too.
    agent.lastWords(error, 'uncaught error')
    process.exit(exitCodes.failed.code)
  })
  const isClean = await untilStopped(agent, config.stop)
  io.setExitCode(isClean ? exitCodes.ok.code : exitCodes.failed.code)
}

/** Beyond its grace times a stop may take so long before the process is ended from within. */
const hardStopMs = 20_000

/** The first SIGTERM or SIGINT drains and stops, the second hands the runs back at once, the third exits. */
function untilStopped(
  agent: Agent,
  { graceSeconds, cancelSeconds }: { graceSeconds: number; cancelSeconds: number },
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let signals = 0
    const exitNow = (reason: string) => {
      agent.lastWords(undefined, reason)
      process.exit(exitCodes.failed.code)
    }
    const onSignal = () => {
      signals += 1
      if (signals > 2) exitNow('stopped by a third signal')
      if (signals === 2) return agent.hurry()
      const hardMs = (graceSeconds + cancelSeconds) * 1_000 + hardStopMs
      setTimeout(() => exitNow('the stop took too long'), hardMs).unref()
      agent.stop().then(resolve, reject)
    }
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
  })
}

/** The sandbox belongs to a connector, which the agent does not import: it is a program of its own. */
async function sandbox(args: readonly string[], io: CliIo): Promise<void> {
  const file = join(import.meta.dirname, '..', 'connectors', 'bigcommerce', 'sandbox', 'main.js')
  if (!existsSync(file)) throw new AgentError('REQUEST_INVALID', 'the sandbox store is not part of this installation')
  const child = spawn(process.execPath, [file, ...args], { stdio: 'inherit' })
  const pass = (signal: NodeJS.Signals) => child.kill(signal)
  process.on('SIGINT', pass).on('SIGTERM', pass)
  const code = await new Promise<number>(resolve => child.once('exit', exit => resolve(exit ?? 0)))
  io.setExitCode(code)
}
