import type { Command } from 'commander'
import type { RecordSample } from '../api/look-ups.ts'
import { print, withClient } from './agent-command.ts'
import { type NamedTexts, namedText, nameList, wholeNumber } from './arguments.ts'
import { type ChosenObject, chooseObject } from './choose-connection.ts'
import type { CliIo } from './io.ts'
import { type LookUpOptions, withConnection } from './objects.ts'
import { sampleText } from './sample-text.ts'

interface QueryOptions extends LookUpOptions {
  readonly activity?: string
  readonly filter: NamedTexts
  readonly include?: readonly string[]
  readonly fields?: readonly string[]
  readonly option: NamedTexts
  readonly limit: number
}

/** `agent query [connection] <object> [sub-object]`. */
export function addQueryCommand(program: Command, io: CliIo): void {
  withConnection(
    program
      .command('query <object...>')
      .usage('[options] [connection] <object> [sub-object]')
      .description('show the first records of an object; changes nothing, makes no run'),
  )
    .option('--activity <name>', 'activity; default: the only source of the connector')
    .option('--filter <name=value>', 'filter of the object; may be repeated', namedText, {})
    .option('--include <names>', 'parts to read along, joined by commas', nameList)
    .option('--fields <names>', 'only these fields, joined by commas', nameList)
    .option(
      '--option <name=value>',
      'any other option of the activity, as JSON or text; may be repeated',
      namedText,
      {},
    )
    .option('--limit <number>', 'how many records, 1 to 1000', wholeNumber, 10)
    .action((given: readonly string[], options: QueryOptions) =>
      withClient(io, options, async client => {
        const chosen = await chooseObject(client, given, options.connection)
        const { activity, limit } = options
        const body = { ...(activity === undefined ? {} : { activity }), options: optionsOf(chosen, options), limit }
        const path = `/v1/connections/${encodeURIComponent(chosen.connection)}/query`
        const sample = await client.post<RecordSample>(path, body)
        print(io, options, sample, () => sampleText(sample.records, options.fields))
      }),
    )
}

/** What operations call the same. */
function optionsOf({ object, subObject }: ChosenObject, { filter, include, fields, option }: QueryOptions): object {
  return {
    object,
    ...(subObject === undefined ? {} : { subObject }),
    ...(Object.keys(filter).length === 0 ? {} : { filters: filter }),
    ...(include === undefined ? {} : { include }),
    ...(fields === undefined ? {} : { fields }),
    ...Object.fromEntries(Object.entries(option).map(([name, text]) => [name, fromJson(text)])),
  }
}

/** Values are JSON where they can be: `--option pageSize=10`. */
function fromJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
