import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { TSchema } from '@sinclair/typebox'
import { type ConfigKey, configKeys, configSchema } from '../agent/config/schema.ts'
import { agentErrors } from '../agent/errors.ts'
import { connectionDefinition, operationDefinition, operationJob } from '../agent/run/operation.ts'
import { connectorErrors } from '../connectors/sdk/errors.ts'

/** Writes what can be told from the code: published schemas, tables of keys and errors. `--check` only compares. */
const root = join(import.meta.dirname, '..', '..')
const files: { readonly [path: string]: string } = {
  'config/schemas/agent.schema.json': schemaText('agent', publishedConfig()),
  'config/schemas/connection.schema.json': schemaText('connection', connectionDefinition),
  'config/schemas/operation.schema.json': schemaText('operation', operationDefinition),
  'config/schemas/operation-job.schema.json': schemaText('operation-job', {
    ...operationJob,
    $comment: 'BullMQ queue operations.<agent group>, prefix redis.prefix (default agent), job name operation.',
  }),
  'config/agent.yaml': configurationFile(),
  'docs/configuration.md': configurationPage(),
  'docs/errors.md': errorsPage(),
}

const stale: string[] = []
for (const [path, text] of Object.entries(files)) {
  const file = join(root, path)
  if ((await readFile(file, 'utf8').catch(() => undefined)) === text) continue
  stale.push(path)
  if (process.argv.includes('--check')) continue
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
}
if (process.argv.includes('--check') && stale.length > 0) {
  process.stderr.write(`out of date, run \`npm run generate\`: ${stale.join(', ')}\n`)
  process.exitCode = 1
}

function schemaText(name: string, schema: object): string {
  const head = { $schema: 'http://json-schema.org/draft-07/schema#', $id: `urn:commerce-agent:schema:${name}` }
  return `${JSON.stringify({ ...head, ...schema }, null, 2)}\n`
}

/** Defaults that differ by machine must not differ by who generated the file. */
function publishedConfig(): TSchema {
  return JSON.parse(
    JSON.stringify(configSchema, (_key, value: unknown) => {
      if (typeof value !== 'object' || value === null || !('x-default-text' in value)) return value
      return Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'default'))
    }),
  ) as TSchema // the same schema, less two defaults
}

/** Every key at its default, commented out. */
function configurationFile(): string {
  let group: string | undefined
  const lines = configKeys.flatMap(key => {
    const [first = '', inner] = key.path
    const isNewGroup = inner !== undefined && first !== group
    group = first
    const indent = inner === undefined ? '' : '  '
    return [
      ...(isNewGroup || inner === undefined ? [''] : []),
      ...(isNewGroup ? [`#${first}:`] : []),
      `# ${String(key.schema.description)}`,
      `# Default: ${defaultOf(key).replaceAll('`', '')}. Environment: ${key.environment}.`,
      `#${indent}${inner ?? first}:`,
    ]
  })
  return `# The configuration of an agent; docs/configuration.md tells the rest. To set a key take the # away from it and, when it
# stands below a group, from the group, and write the value behind the colon. Generated from agent/config/schema.ts.
${lines.join('\n')}
`
}

function configurationPage(): string {
  const rows = configKeys.map(
    key => `| \`${key.key}\` | ${defaultOf(key)} | \`${key.environment}\` | ${String(key.schema.description)} |`,
  )
  return `# Configuration

The file is \`config/agent.yaml\` of the agent home (\`--config\`, \`AGENT_CONFIG\`). A flag \`--set key=value\` goes before the
environment, the environment before the file. \`redis.url\` can also be read from the file that \`AGENT_REDIS_URL_FILE\` names.
Paths that belong to \`dataDir\` start there, the others at the home. \`agent config show\` tells where each value came from.

| key | default | environment | meaning |
|---|---|---|---|
${rows.join('\n')}
`
}

function defaultOf({ schema }: ConfigKey): string {
  const told: unknown = schema['x-default-text']
  if (typeof told === 'string') return told
  return schema['default'] === undefined ? '–' : `\`${String(schema['default'])}\``
}

function errorsPage(): string {
  const rows = (table: {
    readonly [code: string]: { readonly meaning: string; readonly retryable: boolean; readonly cure: string }
  }) =>
    Object.entries(table)
      .map(
        ([code, row]) =>
          `| \`${code}\` | ${row.meaning} | ${row.retryable ? 'yes' : 'no'} | ${row.cure.replaceAll('|', '\\|')} |`,
      )
      .join('\n')
  const head = '| code | meaning | tried again | what to do |\n|---|---|---|---|'
  return `# Errors

Codes stand in operation logs, in answers of the API and on the command line. "Tried again": the queue may give the run
another attempt by itself.

## Of the agent

${head}
${rows(agentErrors)}

## Of connectors

${head}
${rows(connectorErrors)}
`
}
