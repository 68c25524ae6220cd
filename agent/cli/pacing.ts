import type { Command } from 'commander'
import type { PacedAccount } from '../run/pacing/overview.ts'
import { print, withClient, withTarget } from './agent-command.ts'
import type { TargetOptions } from './api-client.ts'
import { formatCount, formatDuration, formatFacts } from './format.ts'
import type { CliIo } from './io.ts'

/** `agent pacing`. */
export function addPacingCommand(program: Command, io: CliIo): void {
  withTarget(
    program.command('pacing').description('show the quotas of stores: what is left, who used it, what waits'),
  ).action((options: TargetOptions) =>
    withClient(io, options, async client => {
      const answer = await client.get<{ accounts: readonly PacedAccount[] }>('/v1/pacing')
      print(io, options, answer, () => pacingText(answer.accounts))
    }),
  )
}

function pacingText(accounts: readonly PacedAccount[]): string {
  if (accounts.length === 0) return 'no request was paced in the last day\n'
  return accounts.map(accountText).join('\n')
}

function accountText({ id, connections, window, ...account }: PacedAccount): string {
  const flying = account.inFlight.map(({ endpoint, requests }) => `${formatCount(requests)} ${endpoint}`)
  return formatFacts({
    connections: connections.length === 0 ? id : connections.join(', '),
    quota: window && `${formatCount(window.quota)} in ${formatDuration(window.windowMs)}`,
    left: window ? `${formatCount(window.left)}, new in ${formatDuration(window.endsInMs)}` : 'no window is running',
    'used by us': window?.used,
    'used by others': window?.usedByOthers,
    'in flight': flying.length === 0 ? 'nothing' : flying.join(', '),
    waiting: account.waiting,
    waited: `${formatDuration(account.waitedMs)} for ${formatCount(account.sent)} requests`,
    held: account.heldMs > 0 ? `for ${formatDuration(account.heldMs)}, nobody sends` : undefined,
    slowed: account.mostInFlight && `the store is busy, at most ${account.mostInFlight} at once`,
  })
}
