import type { Command } from 'commander'
import type { ObjectList } from '../api/look-ups.ts'
import { print, withClient, withTarget } from './agent-command.ts'
import type { TargetOptions } from './api-client.ts'
import { chooseConnection } from './choose-connection.ts'
import { formatCount, formatTable } from './format.ts'
import type { CliIo } from './io.ts'

/** Options of the commands that look something up over a connection. */
export interface LookUpOptions extends TargetOptions {
  readonly connection?: string
}

/** Adds the option that names the connection; without it the first argument may. */
export function withConnection(command: Command): Command {
  return withTarget(command).option(
    '-c, --connection <name>',
    'connection of the project; default: the first argument if it names one, else the only one that has objects',
  )
}

/** `agent objects [connection] [filter]`. */
export function addObjectsCommand(program: Command, io: CliIo): void {
  withConnection(
    program
      .command('objects [connection] [filter]')
      .description('list objects and sub-objects of a connection; the filter is a part of a name'),
  ).action((first: string | undefined, second: string | undefined, options: LookUpOptions) =>
    withClient(io, options, async client => {
      const given = [first, second].filter(word => word !== undefined)
      const { connection, words } = await chooseConnection(client, given, options.connection)
      const filter = words.length === 0 ? '' : `?filter=${encodeURIComponent(words.join(' '))}`
      const list = await client.get<ObjectList>(`/v1/connections/${encodeURIComponent(connection)}/objects${filter}`)
      print(io, options, list, () => objectsText(list))
    }),
  )
}

function objectsText({ objects, connection, connector, version }: ObjectList): string {
  const rows = objects.map(({ name, parent, label, activities, deprecated }) => [
    parent ?? name,
    parent === undefined ? '' : name,
    deprecated === true ? `${label} (deprecated)` : label,
    activities.join(' '),
  ])
  const table = rows.length === 0 ? '' : formatTable(['object', 'sub-object', 'label', 'activities'], rows)
  const count = `${formatCount(objects.length)} ${objects.length === 1 ? 'object' : 'objects'}`
  return `${table}${count} (${connection}: ${connector} ${version})\n`
}
