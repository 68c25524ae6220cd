import { Command, InvalidArgumentError, Option } from 'commander'
import type { Bench } from './turns.ts'

/** Comparisons by their names; each prints tables and gives what is printed as one line of JSON. */
export type Scenarios = Readonly<Record<string, (bench: Bench) => Promise<object>>>

/** What the command line of a benchmark says. */
export type ScenarioFlags = Pick<Bench, 'rounds' | 'records'> & { readonly scenario: string }

/** The command of a benchmark, with the flags that all of them have. */
export function scenarioCommand(name: string, scenarios: Scenarios, records: string): Command {
  return new Command(name)
    .addOption(
      new Option('--scenario <name>', 'what to compare').choices([...Object.keys(scenarios), 'all']).default('all'),
    )
    .option('--rounds <number>', 'how often each contestant takes its turn', natural, 3)
    .option('--records <number>', records, natural)
}

/** Plays what is wanted, one after the other; Ctrl-C stops it. */
export async function playScenarios(
  scenarios: Scenarios,
  { scenario, ...flags }: ScenarioFlags & Pick<Bench, 'plan' | 'capSeconds'>,
): Promise<void> {
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(new Error(`got ${name}`)))
  const bench: Bench = { ...flags, signal: stop.signal, say }
  for (const [name, run] of Object.entries(scenarios)) {
    if (scenario === 'all' || scenario === name) say(JSON.stringify(await run(bench)))
  }
}

/** A whole number on a command line. */
export function natural(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('a whole number from 1 to 9999999 is expected')
  return Number(text)
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
