import type { ReplayRequest } from './api/rejected.ts'
import { AgentError } from './errors.ts'
import { mask } from './logs/redact.ts'
import type { KeptRecordHead } from './logs/unsettled-records.ts'

/** The records that a replay takes up. */
export interface ReplayChoice {
  /** Rising. */
  readonly numbers: readonly number[]
  /** Records that were not chosen as they have been replayed already. */
  readonly leftOut: number
}

/** What one replay takes at most: all of it waits in Redis. */
export const replayLimits = { records: 100_000, bytes: 256 * 1_048_576 } as const

/**
 * Chooses among the kept records of a run, which are all of the code that the request names. Whoever names records gets
 * those or an error; whoever names none gets what is rejected and was not replayed yet. Throws REPLAY_REFUSED.
 * `newRunId`: what a first try at this same replay has marked does not count as replayed.
 */
export function chooseRecords(kept: readonly KeptRecordHead[], request: ReplayRequest, newRunId: string): ReplayChoice {
  const edited = editedSizes(kept, request)
  const isNamed = edited !== undefined || request.only !== undefined
  const named = namedAmong(kept, request, edited)
  const wanted = named.filter(({ status }) => isNamed || status === 'rejected' || request.includeUnknown === true)
  if (request.includeUnknown !== true) {
    const inDoubt = wanted.filter(({ status }) => status === 'unknown')
    refuse(inDoubt, 'may have been written and could double: leave out, or say includeUnknown (--include-unknown)')
  }
  const done = wanted.filter(({ replayedIn }) => replayedIn !== undefined && replayedIn !== newRunId)
  const isAgain = request.again === true
  const doneIn = done.at(-1)?.replayedIn
  if (isNamed && !isAgain) refuse(done, `replayed already, last in run ${doneIn}: leave out, or say again (--again)`)
  const chosen = isAgain ? wanted : wanted.filter(each => !done.includes(each))
  const masked = chosen.filter(({ number, isMasked }) => isMasked && edited?.has(number) !== true)
  refuse(masked, 'not kept as it was, since secrets in it were masked: leave out, or give it anew (--from)')
  if (chosen.length === 0) throw refusal(whyNone(named, done.length, doneIn))
  checkLimits(chosen.length, sum(chosen, edited))
  return { numbers: chosen.map(({ number }) => number), leftOut: wanted.length - chosen.length }
}

/** Sizes of the records given anew, by number. */
function editedSizes(
  kept: readonly KeptRecordHead[],
  { records }: ReplayRequest,
): ReadonlyMap<number, number> | undefined {
  if (records === undefined) return undefined
  const known = new Map(kept.map(each => [each.number, each]))
  const sizes = new Map<number, number>()
  for (const { number, record, line } of records) {
    const where = line === undefined ? `record ${number}` : `line ${line}: record ${number}`
    const head = known.get(number)
    if (head === undefined) throw refusal(`${where} is not among the rejected records of the run`)
    if (sizes.has(number)) throw refusal(`${where} is given twice`)
    const text = JSON.stringify(record)
    if (head.isMasked && text.includes(mask)) throw refusal(`${where} still holds ${mask} in place of a secret`)
    sizes.set(number, text.length)
  }
  return sizes
}

function namedAmong(
  kept: readonly KeptRecordHead[],
  { only }: ReplayRequest,
  edited: ReadonlyMap<number, number> | undefined,
): readonly KeptRecordHead[] {
  const given = edited === undefined ? kept : kept.filter(({ number }) => edited.has(number))
  if (only === undefined) return given
  const ranges = only.split(',').map(range => {
    const [from = '', to = from] = range.split('-')
    return { range, from: Number(from), to: Number(to) }
  })
  for (const { range, from, to } of ranges) {
    if (given.some(({ number }) => number >= from && number <= to)) continue
    throw refusal(`${from === to ? `record ${from} is not` : `none of ${range} is`} among the records to choose from`)
  }
  return given.filter(({ number }) => ranges.some(({ from, to }) => number >= from && number <= to))
}

function refuse(records: readonly KeptRecordHead[], why: string): void {
  const [first, ...others] = records
  if (first === undefined) return
  const shown = records.slice(0, 5).map(({ number }) => number)
  const more = records.length > shown.length ? ` and ${records.length - shown.length} more` : ''
  throw refusal(`record${others.length === 0 ? '' : 's'} ${shown.join(', ')}${more}: ${why}`)
}

function whyNone(named: readonly KeptRecordHead[], done: number, doneIn: string | undefined): string {
  if (done > 0)
    return `all ${done} rejected records have been replayed already, last in run ${doneIn}; --again does it again`
  if (named.length > 0)
    return `${named.length} records are in doubt, none is rejected; --include-unknown takes them, which may double them`
  return 'the run has no rejected records of this kind'
}

function checkLimits(records: number, bytes: number): void {
  const { records: most, bytes: mostBytes } = replayLimits
  if (records <= most && bytes <= mostBytes) return
  const size = `${records.toLocaleString('en-US')} records of ${Math.ceil(bytes / 1_048_576)} MB`
  const limit = `${most.toLocaleString('en-US')} records and ${mostBytes / 1_048_576} MB`
  throw refusal(`${size} are too many for one replay, which takes ${limit}: take a part by --only or --code`)
}

function sum(chosen: readonly KeptRecordHead[], edited: ReadonlyMap<number, number> | undefined): number {
  return chosen.reduce((total, { number, sizeBytes }) => total + (edited?.get(number) ?? sizeBytes), 0)
}

/** Why a replay cannot be. */
export function refusal(message: string): AgentError {
  return new AgentError('REPLAY_REFUSED', message)
}
