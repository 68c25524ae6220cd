import { AgentError } from '../errors.ts'
import type { KeptQuery, KeptRecord } from '../logs/unsettled-records.ts'
import type { RunSummary } from '../run/status.ts'
import type { AgentControl } from './control.ts'

/** Three records that a run did not write: one refused twice, one refused, one in doubt. */
export const memoryRejected: readonly KeptRecord[] = [
  {
    number: 3,
    status: 'rejected',
    code: 'CONFLICT',
    message: 'POST /v3/catalog/products: 409 the name, "Hat", is taken',
    requestId: 'q-3',
    attempt: 1,
    isRetryable: false,
    stage: 'target',
    isMasked: false,
    replayedIn: 'later',
    outcome: 'rejected',
    record: { name: 'Hat', price: -1, note: '=1+1' },
  },
  {
    number: 17,
    status: 'rejected',
    code: 'TRANSFORMATION_INVALID',
    message: 'field price: no number',
    attempt: 2,
    isRetryable: false,
    stage: 'source',
    isMasked: true,
    record: { name: 'Coat', number: 'N-1', images: [{ url: 'x' }] },
  },
  {
    number: 20,
    status: 'unknown',
    message: 'the answer was lost',
    attempt: 2,
    isRetryable: false,
    stage: 'target',
    isMasked: false,
    record: { name: 'two\nlines' },
  },
]

/** The same records for every run; a replay names the run in its id and is never started. */
export function createMemoryRejected(
  run: (runId: string) => RunSummary,
): Pick<AgentControl, 'rejected' | 'rejectedFields' | 'replay'> {
  const chosen = ({ code, status }: KeptQuery) =>
    memoryRejected.filter(
      each => (code === undefined || each.code === code) && (status === undefined || each.status === status),
    )
  return {
    rejected(runId, after, limit, query) {
      run(runId)
      return chosen(query)
        .filter(({ number }) => number > after)
        .slice(0, limit)
    },
    rejectedFields: (runId, query) => {
      run(runId)
      return [...new Set(chosen(query).flatMap(({ record }) => Object.keys(record)))]
    },
    async replay(runId, { runId: wanted = `replay-of-${runId}`, records }) {
      if (records?.some(({ number }) => number === 4711))
        throw new AgentError('REPLAY_REFUSED', `line ${records[0]?.line}: record 4711 is not among them`)
      const replay = { ...run(runId), runId: wanted, replayOf: runId, status: 'submitted' as const }
      return { run: replay, records: records?.length ?? 2, leftOut: records === undefined ? 1 : 0 }
    },
  }
}
