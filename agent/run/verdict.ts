import { connectorFrameIn } from '../connector-frame.ts'
import { errorCode, toError } from '../errors.ts'
import type { LastLine } from '../logs/operation-log.ts'
import { hasEnded, type RunCounts, type RunStatus, type RunSummary } from './status.ts'

/** Why a run did not succeed. */
export interface RunFailure {
  readonly code: string
  readonly message: string
}

/** What an attempt comes to: how it ends, and why. */
export interface Verdict {
  readonly status: RunStatus | 'lost'
  readonly error?: RunFailure
}

/** How an attempt ends that has reached the end of the source. */
export function successOf({ rejected, unknown }: RunCounts, warnings: number): RunStatus {
  if (rejected + unknown > 0) return 'success-with-warning'
  return warnings > 0 ? 'success-with-info' : 'success'
}

/** What was thrown, as the operation log names it. */
export function failureOf(thrown: unknown): RunFailure & { readonly isRetryable: boolean } {
  const failure = toError(thrown)
  const isRetryable = 'retryable' in failure && failure.retryable === true
  const code = codeOf(failure)
  return { code, message: code === 'CONNECTOR_FAULT' ? faultText(failure) : failure.message, isRetryable }
}

/** `connector shop 1.0.0 (index.js:7:13): prices is not iterable`: what its author needs to know. */
function faultText({ message, stack = '' }: Error): string {
  const frame = connectorFrameIn(stack)
  return frame === undefined ? message : `connector ${frame.connector} ${frame.version} (${frame.place}): ${message}`
}

/** What a failure means for the run. */
export function statusOf(code: string, getsAnotherTry: boolean): RunStatus | 'lost' {
  switch (code) {
    case 'RUN_CANCELED':
      return 'canceled'
    case 'AGENT_STOPPING':
      return 'pending'
    case 'RUN_LOST':
      return 'lost'
    default:
      return getsAnotherTry ? 'pending' : 'error'
  }
}

/** What is neither ours nor a connector's coded error came out of a connector that did not foresee it, or of SQLite. */
function codeOf(failure: Error): string {
  return errorCode(failure) ?? (failure.name === 'SqliteError' ? 'LOG_STORE_FAILED' : 'CONNECTOR_FAULT')
}

/** What the operation log says at the end of an attempt. */
export function lastLinesOf(
  { status, error }: { readonly status: RunStatus; readonly error?: RunFailure },
  run: RunSummary,
): readonly LastLine[] {
  return [
    ...(error === undefined ? [] : [{ level: levelOf(status), message: failureText(status, error), code: error.code }]),
    ...(hasEnded(status) ? [{ level: 'info' as const, message: summaryText(run) }] : []),
  ]
}

function levelOf(status: RunStatus): LastLine['level'] {
  if (status === 'canceled') return 'info'
  return status === 'pending' ? 'warning' : 'error'
}

function failureText(status: RunStatus, { code, message }: RunFailure): string {
  if (code === 'AGENT_STOPPING') return 'handed back to the queue at its checkpoint: the agent is stopping'
  return status === 'pending' ? `${message}; the queue tries again` : message
}

/** `canceled: read 1,200 in 3.4 s: 1,000 written, 200 filtered`. */
function summaryText({ status, counts, durationMs = 0 }: RunSummary): string {
  const { read, ...outcomes } = counts
  const told = Object.entries(outcomes)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count.toLocaleString('en-US')} ${name}`)
  const seconds = (durationMs / 1_000).toFixed(1)
  return `${status}: read ${read.toLocaleString('en-US')} in ${seconds} s${told.length === 0 ? '' : `: ${told.join(', ')}`}`
}
