import type { Command } from 'commander'
import type { ConnectorDetail } from '../../api/control.ts'
import { print, withClient, withTarget } from '../agent-command.ts'
import type { TargetOptions } from '../api-client.ts'
import { formatFacts, formatTime } from '../format.ts'
import type { CliIo } from '../io.ts'
import { releasesText } from './list.ts'

/** `agent connectors show`. */
export function addShowCommand(group: Command, io: CliIo): void {
  withTarget(group.command('show').description('show a connector: what is in use, offered, pinned, quarantined'))
    .argument('<name>', 'name of the connector')
    .action((name: string, options: TargetOptions) =>
      withClient(io, options, async client => {
        const detail = await client.get<ConnectorDetail>(pathOf(name))
        print(io, options, detail, () => detailText(detail))
      }),
    )
}

/** The path of a connector in the API, and of what can be done with it. */
export function pathOf(name: string, action?: string): string {
  return `/v1/connectors/${encodeURIComponent(name)}${action === undefined ? '' : `/${action}`}`
}

/** A connector as people read it. */
function detailText(detail: ConnectorDetail): string {
  const { active, previous, pin, available, highestTrusted, lastCheckedAt, problem, quarantined } = detail
  const facts = formatFacts({
    connector: detail.name,
    'in use': `${active ?? 'none yet'}${previous === undefined ? '' : ` (before: ${previous})`}`,
    ...(pin === undefined ? {} : { 'pinned to': pin }),
    'in the registry': available ?? 'not known',
    ...(lastCheckedAt === undefined ? {} : { 'asked last': formatTime(lastCheckedAt) }),
    ...(highestTrusted === undefined ? {} : { 'not older than': highestTrusted }),
    ...(problem === undefined ? {} : { PROBLEM: problem }),
    ...Object.fromEntries(quarantined.map(({ version, reason }) => [`QUARANTINED ${version}`, reason])),
  })
  return `${facts}\n${releasesText(detail.releases)}`
}
