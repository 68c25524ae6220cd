import { agentErrors } from '../../agent/errors.ts'
import { connectorErrors } from '../../connectors/sdk/errors.ts'
import { between, code, row } from './configuration.ts'

/** Puts the tables of all error codes between the markers of a page. */
export function errorsPage(page: string): string {
  const agent = Object.entries(agentErrors).map(([name, { meaning, retryable, httpStatus, cure }]) =>
    row([code(name), meaning, retryable ? 'yes' : 'no', String(httpStatus), cure]),
  )
  const connectors = Object.entries(connectorErrors).map(([name, { meaning, retryable, cure }]) =>
    row([code(name), meaning, retryable ? 'yes' : 'no', cure]),
  )
  const withAgent = between(page, 'agent errors', [
    '| code | what it means | retried | HTTP | what to do |',
    '| --- | --- | --- | --- | --- |',
    ...agent,
  ])
  return between(withAgent, 'connector errors', [
    '| code | what it means | retried | what to do |',
    '| --- | --- | --- | --- |',
    ...connectors,
  ])
}
