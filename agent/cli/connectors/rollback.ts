import type { Command } from 'commander'
import type { ConnectorDetail } from '../../api/control.ts'
import { print, withClient, withTarget } from '../agent-command.ts'
import type { TargetOptions } from '../api-client.ts'
import type { CliIo } from '../io.ts'
import { pathOf } from './show.ts'

/** `agent connectors rollback`. */
export function addRollbackCommand(group: Command, io: CliIo): void {
  withTarget(group.command('rollback').description('go back to an older release; what is newer here is quarantined'))
    .argument('<name>', 'name of the connector')
    .option('--version <version>', 'which one; default: the newest below the one in use')
    .action((name: string, options: TargetOptions & { readonly version?: string }) =>
      withClient(io, options, async client => {
        const body = options.version === undefined ? {} : { version: options.version }
        const detail = await client.post<ConnectorDetail>(pathOf(name, 'rollback'), body)
        print(io, options, detail, () => {
          const away = detail.quarantined.map(({ version }) => version).join(', ')
          return `new runs use ${name} ${detail.active}; quarantined: ${away}\n`
        })
      }),
    )
}
