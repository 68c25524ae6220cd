import { compareLevels } from './levels-scenario.ts'
import { playScenarios, type ScenarioFlags, scenarioCommand } from './scenarios.ts'
import { compareTinyRuns } from './tiny-runs-scenario.ts'

/** What logs cost: runs with them beside the same runs with none. Prints tables, and each scenario as one line of JSON. */
const scenarios = { tiny: compareTinyRuns, levels: compareLevels }

const { scenario, rounds, records } = scenarioCommand('logging', scenarios, 'tiny runs, or records of one run')
  .parse()
  .opts<ScenarioFlags>()
await playScenarios(scenarios, { scenario, rounds, records, plan: 'standard', capSeconds: 600 })
