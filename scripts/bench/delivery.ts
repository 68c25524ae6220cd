import { Command, InvalidArgumentError, Option } from 'commander'
import { compareAtLatency } from './latency-scenario.ts'
import { compareUnderQuota } from './quota-scenario.ts'
import type { Bench } from './turns.ts'
import { compareWrites } from './writes-scenario.ts'

/**
 * The agent beside a bare loop of undici and two npm clients, over sandbox stores with the same records, quota and
 * latency, in several rounds of turns. Prints tables of medians, and each scenario as one line of JSON.
 */
const scenarios = { quota: compareUnderQuota, latency: compareAtLatency, writes: compareWrites }

await compare(
  new Command('delivery')
    .addOption(
      new Option('--scenario <name>', 'what to compare').choices([...Object.keys(scenarios), 'all']).default('all'),
    )
    .option('--rounds <number>', 'how often each contestant takes its turn', natural, 3)
    .option(
      '--records <number>',
      'records of each scenario, creates a fifth (default: 100,000; writes 10,000)',
      natural,
    )
    .addOption(new Option('--plan <name>', 'whose quota applies').choices(['standard', 'tiny']).default('standard'))
    .option('--cap <seconds>', 'end the turn of a client after this where rates are compared', natural, 60)
    .parse()
    .opts<Flags>(),
)

interface Flags {
  readonly scenario: keyof typeof scenarios | 'all'
  readonly rounds: number
  readonly records?: number
  readonly plan: Bench['plan']
  readonly cap: number
}

async function compare({ scenario, rounds, records, plan, cap }: Flags): Promise<void> {
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(new Error(`got ${name}`)))
  const bench: Bench = { rounds, records, plan, capSeconds: cap, signal: stop.signal, say }
  for (const [name, run] of Object.entries(scenarios)) {
    if (scenario === 'all' || scenario === name) say(JSON.stringify(await run(bench)))
  }
}

function natural(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('a whole number from 1 to 9999999 is expected')
  return Number(text)
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
