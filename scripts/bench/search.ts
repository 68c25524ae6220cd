import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { request } from 'undici'
import { createMemoryControl } from '../../agent/api/memory-control.ts'
import { createApi } from '../../agent/api/server.ts'
import { createChangeFeed } from '../../agent/logs/change-feed.ts'
import { createLoggers } from '../../agent/logs/loggers.ts'
import { createOperationLogs } from '../../agent/logs/operation-log.ts'
import { createRedactor } from '../../agent/logs/redact.ts'
import type { LogStore } from '../../agent/logs/store.ts'
import { median, round, type TableRow, tableOf } from './figures.ts'
import { filled, fillStore } from './run-store.ts'

/**
 * Lists and searches in a store of many runs (1,000,000, or the first argument) over HTTP, each twenty times. Times in ms;
 * more than 100 is marked. `cpu` is the processor time of a turn, of asking and answering: what others do on the machine
 * does not count in it. A second argument keeps the store in that file, and takes it when it is there.
 */
const count = Number(process.argv[2] ?? 1_000_000)
const rounds = 20
const limitMs = 100

const folder = await mkdtemp(join(tmpdir(), 'bench-'))
const filledAt = performance.now()
const store = fillStore(process.argv[3] ?? join(folder, 'agent.db'), count)
const logs = createOperationLogs(store, createRedactor())
const changes = createChangeFeed(store)
say(`${count.toLocaleString('en-US')} runs, ${Math.round(logs.sizeBytes() / 1e6)} MB, filled in ${seconds(filledAt)} s`)

const logger = createLoggers({ level: 'silent', fields: {}, redactor: createRedactor(), sink: () => {} }).get('bench')
const control = createMemoryControl({
  runs: query => logs.page(query),
  run: runId => ({ ...logs.run(runId), ...logs.related(runId) }),
  runChanges: (query, signal) => changes.read(query, signal),
})
const api = createApi({ control, token: 'bench', version: '0.0.0', logger })
const url = await api.listen({ host: '127.0.0.1', port: 0 })
const seq = store.prepare('SELECT max(seq) / 2 FROM run_changes').pluck().get()
const storeId = store.prepare('SELECT id FROM store_identity').pluck().get()
const day = (number: number) => new Date(Date.parse('2026-10-26T00:00:00Z') + number * 86_400_000).toISOString()

const questions: { readonly [what: string]: string } = {
  'no filter': '',
  'one operation': 'operation=operation%207',
  'one status': 'status=canceled',
  'a status of none': 'status=success-with-child-error',
  'operation and status': 'operation=operation%207&status=canceled',
  'one agent': 'agent=agent-1',
  'an agent of few': `agent=${filled.fewAgent}`,
  'children of a run': `parent=run-${count - 1}`,
  'the last day': `from=${day(29)}`,
  'all but the first day': `from=${day(1)}`,
  'up to the second day': `to=${day(1)}`,
  'a day in the middle': `from=${day(15)}&to=${day(16)}`,
  'text of every run': `text=${filled.everywhere}`,
  'text of every run, five letters': 'text=recei',
  'text of few': `text=${filled.rare}`,
  'text of none': `text=${filled.nowhere}`,
  'one letter': 'text=r',
  'two words of every run, never together': 'text=received%20rejected',
  'a number': 'text=4711',
  'text of every run, status of none': `text=${filled.everywhere}&status=success-with-child-error`,
  'text of every run, status of some': `text=${filled.everywhere}&status=canceled`,
  'text and status that never meet': 'text=error&status=success',
  'text and operation': `text=${filled.everywhere}&operation=operation%207`,
  'text of few, one operation': `text=${filled.rare}&operation=operation%207`,
  'page in the middle': `cursor=${Math.floor(count / 2)}`,
  'page in the middle, text': `text=${filled.everywhere}&cursor=${Math.floor(count / 2)}`,
  'oldest first, text of few': `sort=oldest&text=${filled.rare}`,
  'changes, from the middle': `after=${storeId}-${seq}&limit=200`,
}

try {
  const rows: TableRow[] = []
  for (const [what, query] of Object.entries(questions)) rows.push(await timed(what, `/v1/runs?${query}`))
  rows.push(await timed('one run with its children', `/v1/runs/run-${count - 1}`))
  say(tableOf(rows))
  say(tableOf(await besideAWriter(store)))
} finally {
  await api.close()
  store.close()
  await rm(folder, { recursive: true, force: true })
}

async function timed(what: string, path: string): Promise<TableRow> {
  const times: number[] = []
  let answer: Answer = {}
  const cpu = process.cpuUsage()
  for (let turn = 0; turn < rounds; turn += 1) {
    const at = performance.now()
    const { statusCode, body } = await request(`${url}${path}`, { headers: { authorization: 'Bearer bench' } })
    answer = (await body.json()) as Answer // its own
    times.push(performance.now() - at)
    if (statusCode !== 200) throw new Error(`${path}: ${statusCode}`)
  }
  const { user, system } = process.cpuUsage(cpu)
  const found = answer.runs?.length ?? answer.changes?.length ?? answer.children?.count ?? 0
  return {
    what,
    ...figuresOf(times),
    cpu: round((user + system) / 1_000 / rounds),
    found,
    incomplete: answer.incomplete === true ? 'yes' : '',
  }
}

interface Answer {
  readonly runs?: readonly unknown[]
  readonly changes?: readonly unknown[]
  readonly children?: { readonly count: number }
  readonly incomplete?: true
}

/** Retention as the agent does it, and one line of a log between each two parts: how long each of them takes. */
async function besideAWriter(store: LogStore): Promise<readonly TableRow[]> {
  const times: { forget: number[]; delete: number[]; tell: number[] } = { forget: [], delete: [], tell: [] }
  const measure = (kind: keyof typeof times, work: () => unknown) => {
    const at = performance.now()
    work()
    times[kind].push(performance.now() - at)
  }
  const moment = Date.parse(day(1))
  store.exec('UPDATE run_changes SET at = 0 WHERE seq <= 20000')
  for (let turn = 0; turn < rounds * 2; turn += 1) {
    measure('forget', () => changes.forgetBefore(moment, 500))
    measure('delete', () => logs.deleteEndedBefore(moment, 20))
    measure('tell', () => logs.tell(`run-${count - 1}`, 'info', `line ${turn} of a writer beside it`))
  }
  return [
    { what: 'retention: 500 changes', ...figuresOf(times.forget) },
    { what: 'retention: 20 runs', ...figuresOf(times.delete) },
    { what: 'a line of a log in between', ...figuresOf(times.tell) },
  ]
}

function figuresOf(times: readonly number[]): TableRow {
  const sorted = [...times].sort((a, b) => a - b)
  const [p95 = 0, max = 0] = [sorted[Math.floor(sorted.length * 0.95) - 1], sorted.at(-1)]
  return { p50: round(median(times)), p95: round(p95), max: round(max), slow: p95 > limitMs ? '> 100 ms' : '' }
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1_000).toFixed(0)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
