import { extname } from 'node:path'
import { type Static, Type } from '@sinclair/typebox'
import { ConnectorError } from '../sdk/errors.ts'

const csv = Type.Object(
  {
    delimiter: Type.Optional(
      Type.String({
        pattern: '^[^"\\r\\n]$',
        description: 'between values: one character, neither a quote nor a line end; default comma',
      }),
    ),
    header: Type.Optional(Type.Boolean({ description: 'Whether the first line names the columns; default true.' })),
    columns: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        minItems: 1,
        uniqueItems: true,
        description:
          'Columns and their order. Write: default the fields of the first record. Read: names for a file without a header; with one, the header must be just these.',
      }),
    ),
    bom: Type.Optional(
      Type.Boolean({ description: 'Begin the file with a byte order mark, as Excel wants for UTF-8; default false.' }),
    ),
    escapeFormulas: Type.Optional(
      Type.Boolean({
        description: 'Put an apostrophe before texts that a spreadsheet would take for a formula; default false.',
      }),
    ),
  },
  { additionalProperties: false },
)

/** Options of both activities. */
export const optionsSchema = Type.Object(
  {
    path: Type.String({ minLength: 1, description: 'File, inside the directory of the connection.' }),
    format: Type.Optional(
      Type.Union([Type.Literal('csv'), Type.Literal('ndjson'), Type.Literal('json')], {
        description: 'Default by the name: .csv, .ndjson or .jsonl, .json.',
      }),
    ),
    csv: Type.Optional(csv),
  },
  { additionalProperties: false },
)

export type Format = 'csv' | 'ndjson' | 'json'

/** Options with everything filled in. */
export interface FileOptions {
  readonly path: string
  readonly format: Format
  readonly csv: {
    readonly delimiter: string
    readonly header: boolean
    readonly columns: readonly string[] | undefined
    readonly bom: boolean
    readonly escapeFormulas: boolean
  }
}

const formats: { readonly [extension: string]: Format } = {
  '.csv': 'csv',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.json': 'json',
}

/** The format that a name tells. */
export function formatOf(path: string): Format | undefined {
  return formats[extname(path).toLowerCase()]
}

/** Fills in defaults. Throws OPTIONS_INVALID when nothing tells the format. */
export function parseOptions(options: unknown): FileOptions {
  const given = options as Static<typeof optionsSchema> // the host has checked them against the schema above
  const format = given.format ?? formatOf(given.path)
  if (format === undefined) {
    throw new ConnectorError(
      'OPTIONS_INVALID',
      `the name ${given.path} does not tell its format; set format to csv, ndjson or json`,
    )
  }
  const { delimiter = ',', header = true, columns, bom = false, escapeFormulas = false } = given.csv ?? {}
  return { path: given.path, format, csv: { delimiter, header, columns, bom, escapeFormulas } }
}
