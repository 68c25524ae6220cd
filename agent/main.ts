#!/usr/bin/env node
import { fileURLToPath } from 'node:url'
import { isMainThread } from 'node:worker_threads'

/** The only file with side effects: arguments in, signals, exit code out. */
const args = process.argv.slice(2)
if (args[0] === 'runner' && process.send !== undefined) {
  // Hidden: so the supervisor starts its runners. What only the supervisor needs is not loaded into them.
  const { runRunnerProcess } = await import('./runner-process.ts')
  runRunnerProcess(Number(args[1]))
} else if (args[0] === 'watchdog' && !isMainThread) {
  // Hidden: a thread of a runner.
  const { runWatchdog } = await import('./runner-watchdog.ts')
  runWatchdog()
} else {
  const { runCommandLine } = await import('./command-line.ts')
  await runCommandLine(args, fileURLToPath(import.meta.url))
}
