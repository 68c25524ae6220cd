import type { Command } from 'commander'
import type { ConnectorDetail } from '../../api/control.ts'
import { print, withClient, withTarget } from '../agent-command.ts'
import type { TargetOptions } from '../api-client.ts'
import type { CliIo } from '../io.ts'
import { pathOf } from './show.ts'

/** `agent connectors pin` and `unpin`. */
export function addPinCommands(group: Command, io: CliIo): void {
  withTarget(
    group.command('pin').description('use only a version, or a range of versions; fetched when it is not installed'),
  )
    .argument('<name>', 'name of the connector')
    .argument('<range>', 'like 1.4.2, 1.4.x or ^1.4')
    .action((name: string, range: string, options: TargetOptions) =>
      withClient(io, options, async client => {
        const detail = await client.put<ConnectorDetail>(pathOf(name, 'pin'), { range })
        print(io, options, detail, () => `${name} is pinned to ${range}; new runs use ${detail.active}\n`)
      }),
    )

  withTarget(group.command('unpin').description('use the newest release again'))
    .argument('<name>', 'name of the connector')
    .action((name: string, options: TargetOptions) =>
      withClient(io, options, async client => {
        const detail = await client.delete<ConnectorDetail>(pathOf(name, 'pin'))
        print(
          io,
          options,
          detail,
          () => `${name} is not pinned; new runs use ${detail.active ?? 'the newest release'}\n`,
        )
      }),
    )
}
