import type { Command } from 'commander'
import type { ObjectSchemas } from '../api/look-ups.ts'
import { print, withClient } from './agent-command.ts'
import { chooseObject } from './choose-connection.ts'
import { formatTable } from './format.ts'
import type { CliIo } from './io.ts'
import { type LookUpOptions, withConnection } from './objects.ts'
import { type FieldRow, fieldsOf, unavailableIn } from './schema-fields.ts'

interface SchemaOptions extends LookUpOptions {
  readonly activity?: string
}

/** `agent schema [connection] <object> [sub-object]`. */
export function addSchemaCommand(program: Command, io: CliIo): void {
  withConnection(
    program
      .command('schema <object...>')
      .usage('[options] [connection] <object> [sub-object]')
      .description('show the fields of an object: what an activity takes or yields, and its options'),
  )
    .option('--activity <name>', 'activity; default: the first that the object can be used with')
    .action((given: readonly string[], options: SchemaOptions) =>
      withClient(io, options, async client => {
        const { connection, object, subObject } = await chooseObject(client, given, options.connection)
        const { activity } = options
        const wanted = Object.entries({ object, subObject, activity }).filter(([, value]) => value !== undefined)
        const query = new URLSearchParams(wanted as [string, string][]) // undefined was filtered out
        const schemas = await client.get<ObjectSchemas>(
          `/v1/connections/${encodeURIComponent(connection)}/schemas?${query}`,
        )
        print(io, options, schemas, () => schemasText(schemas))
      }),
    )
}

function schemasText(schemas: ObjectSchemas): string {
  const { connection, connector, version, activity, object, subObject, request, response, options } = schemas
  const name = subObject === undefined ? object : `${object}/${subObject}`
  return [
    `${name}, activity ${activity} (${connection}: ${connector} ${version})\n`,
    ...(request === undefined ? [] : [`\nWhat it takes\n${tableOf(fieldsOf(request))}`]),
    ...(response === undefined ? [] : [`\nWhat it yields\n${tableOf(fieldsOf(response))}`]),
    `\nIts options\n${tableOf(fieldsOf(options))}`,
    ...unavailableIn([request, response, options]).map(each => `\nNot known of this account: ${each}\n`),
  ].join('')
}

function tableOf(rows: readonly FieldRow[]): string {
  if (rows.length === 0) return 'any fields\n'
  return formatTable(
    ['field', 'type', '', 'limits'],
    rows.map(({ path, type, mark, limits }) => [path, type, mark, limits]),
  )
}
