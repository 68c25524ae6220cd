import type { Command } from 'commander'
import type { AgentStatus } from '../api/control.ts'
import { print, withClient, withTarget } from './agent-command.ts'
import type { TargetOptions } from './api-client.ts'
import { formatCount, formatDuration, formatFacts, formatTable } from './format.ts'
import type { CliIo } from './io.ts'

/** `agent status`. */
export function addStatusCommand(program: Command, io: CliIo): void {
  withTarget(program.command('status').description('show the state of the agent: queue, Redis, runners, runs')).action(
    (options: TargetOptions) =>
      withClient(io, options, async client => {
        const status = await client.get<AgentStatus>('/v1/status')
        print(io, options, status, () => statusText(status, client.url))
      }),
  )
}

/** The status as people read it. */
function statusText(status: AgentStatus, url: string): string {
  const { redis, queue, runners } = status
  const facts = formatFacts({
    agent: `${status.agent} ${status.version} (pid ${status.pid}) at ${url}`,
    state: status.state,
    up: formatDuration(status.uptimeSeconds * 1_000),
    redis: redis.connected ? 'connected' : `away: ${redis.problem ?? 'not connected yet'}`,
    queue: `${queue.name}${queue.waiting === undefined ? '' : `, ${formatCount(queue.waiting)} waiting`}`,
    policy: `disableAutoConnectorUpdate ${status.policy.disableAutoConnectorUpdate ? 'on' : 'off'}`,
  })
  const rows = runners.map(({ number, pid, state, restarts, runs }) => [
    number,
    String(pid ?? '-'),
    state,
    restarts,
    runs.join(' '),
  ])
  return `${facts}\n${formatTable(['runner', 'pid', 'state', 'restarts', 'runs'], rows)}\n${connectorsText(status)}`
}

function connectorsText({ connectors }: AgentStatus): string {
  const rows = connectors.map(({ name, active, available, pin, installed, quarantined, problem }) => [
    name,
    active ?? '-',
    available ?? '-',
    installed.join(' '),
    [
      ...(pin === undefined ? [] : [`pinned to ${pin}`]),
      ...quarantined.map(({ version, reason }) => `${version} QUARANTINED: ${reason}`),
      ...(problem === undefined ? [] : [problem]),
    ].join('; '),
  ])
  return formatTable(['connector', 'in use', 'in registry', 'installed', 'remarks'], rows)
}
