import { Command, InvalidArgumentError, Option } from 'commander'
import { compareLevels } from './levels-scenario.ts'
import { compareTinyRuns } from './tiny-runs-scenario.ts'
import type { Bench } from './turns.ts'

/** What logs cost: runs with them beside the same runs with none. Prints tables, and each scenario as one line of JSON. */
const scenarios = { tiny: compareTinyRuns, levels: compareLevels }

const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(new Error(`got ${name}`)))
const { scenario, rounds, records } = new Command('logging')
  .addOption(
    new Option('--scenario <name>', 'what to compare').choices([...Object.keys(scenarios), 'all']).default('all'),
  )
  .option('--rounds <number>', 'how often each contestant takes its turn', natural, 3)
  .option('--records <number>', 'tiny runs, or records of one run', natural)
  .parse()
  .opts<{ readonly scenario: string; readonly rounds: number; readonly records?: number }>()
const bench: Bench = { rounds, records, plan: 'standard', capSeconds: 600, signal: stop.signal, say }
for (const [name, run] of Object.entries(scenarios)) {
  if (scenario === 'all' || scenario === name) say(JSON.stringify(await run(bench)))
}

function natural(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('a whole number from 1 to 9999999 is expected')
  return Number(text)
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
