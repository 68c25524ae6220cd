import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { nameOf } from './row.ts'
import { rows } from './rows.ts'
import { runSuite } from './suite.ts'
import { lineOf, tableOf } from './table.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1' },
    'first-seed': { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    list: { type: 'boolean', default: false },
  },
})
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => stop.abort(new Error(`ended by ${signal}`)))
const print = (text: string) => process.stdout.write(`${text}\n`)

const wanted = rows.filter(row => values.only.split('|').some(part => nameOf(row).includes(part)))
if (values.list) print(wanted.map(nameOf).join('\n'))
else {
  const startedAt = performance.now()
  const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => Number(values['first-seed']) + index)
  const results = await runSuite({
    rows: wanted,
    seeds,
    jobs: Number(values.jobs),
    onResult: result => print(lineOf(result)),
    signal: stop.signal,
  })
  const failed = results.filter(({ problems }) => problems.length > 0)
  print(`\n${tableOf(results)}\n`)
  for (const result of failed) print(lineOf(result))
  const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1)
  print(`${wanted.length} rows, seeds ${seeds.join(', ')}, ${minutes} minutes`)
  print(`${results.length - failed.length} passed, ${failed.length} failed`)
  process.exitCode = failed.length === 0 && results.length > 0 && !stop.signal.aborted ? 0 : 1
}
