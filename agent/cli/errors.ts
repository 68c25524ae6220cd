import { connectorErrors } from '../../connectors/sdk/errors.ts'
import { agentErrors, errorCode, toError } from '../errors.ts'
import { plain } from './format.ts'
import { type CliIo, exitCodes } from './io.ts'

const usageCodes: ReadonlySet<string> = new Set([
  'CONFIG_INVALID',
  'PROJECT_INVALID',
  'REQUEST_INVALID',
  'OPERATION_INVALID',
  'ACTIVITY_UNKNOWN',
  'OBJECT_UNKNOWN',
  'OPTIONS_INVALID',
  'REPLAY_REFUSED',
])

/** Tells an error on stderr, with what to do about it, and sets the exit code. */
export function tellError(io: CliIo, thrown: unknown, isJson: boolean): void {
  const { message } = toError(thrown)
  const code = errorCode(thrown) ?? 'INTERNAL'
  const cure = cureOf(code)
  if (isJson) io.stderr.write(`${JSON.stringify({ error: { code, message, cure } })}\n`)
  else io.stderr.write(`error ${code}: ${plain(message)}\n${cure === undefined ? '' : `  → ${cure}\n`}`)
  io.setExitCode(exitCodeOf(code))
}

/** What the error tables say of a code. */
export function cureOf(code: string): string | undefined {
  const rows: { readonly [code: string]: { readonly cure: string } } = { ...agentErrors, ...connectorErrors }
  return rows[code]?.cure
}

function exitCodeOf(code: string): number {
  if (code === 'AGENT_UNREACHABLE') return exitCodes.unreachable.code
  return usageCodes.has(code) ? exitCodes.usage.code : exitCodes.failed.code
}
