import type { Command } from 'commander'
import type { ConnectorUpdate } from '../../api/control.ts'
import { print, withClient, withTarget } from '../agent-command.ts'
import type { TargetOptions } from '../api-client.ts'
import type { CliIo } from '../io.ts'
import { pathOf } from './show.ts'

interface UpdateOptions extends TargetOptions {
  readonly version?: string
  readonly force?: boolean
}

/** `agent connectors update`. */
export function addUpdateCommand(group: Command, io: CliIo): void {
  withTarget(
    group.command('update').description('install the newest release that the registry has for the channel or pin'),
  )
    .argument('<name>', 'name of the connector')
    .option('--version <version>', 'exactly this version')
    .option('--force', 'although the policy forbids it, it is older than what was trusted, or it is quarantined')
    .action((name: string, options: UpdateOptions) =>
      withClient(io, options, async client => {
        const { version, force } = options
        const body = { ...(version === undefined ? {} : { version }), ...(force === undefined ? {} : { force }) }
        const answer = await client.post<ConnectorUpdate>(pathOf(name, 'update'), body)
        print(io, options, answer, () => updateText(answer))
      }),
    )
}

function updateText({ name, active, pin, outcome: { tag, version } }: ConnectorUpdate): string {
  const what = tag === 'installed' ? `${name} ${version} is installed` : `${name} ${version} is installed already`
  if (active === version) return `${what}; new runs use it\n`
  const why = pin === undefined ? `${active} is newer` : `it is pinned to ${pin}`
  return `${what}, but new runs use ${active}, as ${why}; see \`agent connectors pin\` and \`rollback\`\n`
}
