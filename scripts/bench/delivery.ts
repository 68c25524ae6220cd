import { Option } from 'commander'
import { compareAtLatency } from './latency-scenario.ts'
import { compareUnderQuota } from './quota-scenario.ts'
import { natural, playScenarios, type ScenarioFlags, scenarioCommand } from './scenarios.ts'
import type { Bench } from './turns.ts'
import { compareWrites } from './writes-scenario.ts'

/**
 * The agent beside a bare loop of undici and two npm clients, over sandbox stores with the same records, quota and
 * latency, in several rounds of turns. Prints tables of medians, and each scenario as one line of JSON.
 */
const scenarios = { quota: compareUnderQuota, latency: compareAtLatency, writes: compareWrites }
const recordsHelp = 'records of each scenario, creates a fifth (default: 100,000; writes 10,000)'

const { scenario, rounds, records, plan, cap } = scenarioCommand('delivery', scenarios, recordsHelp)
  .addOption(new Option('--plan <name>', 'whose quota applies').choices(['standard', 'tiny']).default('standard'))
  .option('--cap <seconds>', 'end the turn of a client after this where rates are compared', natural, 60)
  .parse()
  .opts<ScenarioFlags & { readonly plan: Bench['plan']; readonly cap: number }>()
await playScenarios(scenarios, { scenario, rounds, records, plan, capSeconds: cap })
