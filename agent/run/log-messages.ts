import { type Static, Type } from '@sinclair/typebox'
import type { OperationLogs } from '../logs/operation-log.ts'

/** What stands in the operation log; part of operations, and of jobs, which come first. */
export const logMessages = Type.Union([Type.Literal('everything'), Type.Literal('errors')], {
  description:
    'What stands in the operation log: everything (default), or only warnings, errors and how the run ended. Counts and rejected records are kept either way.',
})
export type LogMessages = Static<typeof logMessages>

/** The same logs; with `errors` they leave out what only informs. */
export function logsThatTell(what: LogMessages, logs: OperationLogs): OperationLogs {
  if (what === 'everything') return logs
  return {
    ...logs,
    tell(runId, level, message, code) {
      if (level !== 'info') logs.tell(runId, level, message, code)
    },
  }
}
