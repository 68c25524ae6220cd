import { AgentError } from '../errors.ts'

/** What is wrong with a release; `subject` names it: `connector small 1.0.0`, or the file or folder it is in. */
export function invalid(subject: string, problem: string, cause?: unknown): AgentError {
  return new AgentError('CONNECTOR_INVALID', `${subject}: ${problem}`, { cause })
}
