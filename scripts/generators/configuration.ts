import { stringify } from 'yaml'
import { type ConfigKey, configKeys } from '../../agent/config/schema.ts'

/** `config/agent.yaml`: every key at its default, commented out. */
export function agentYaml(): string {
  const blocks = configKeys.map((key, index) => {
    const [group, name] = key.path
    const isFirst = configKeys[index - 1]?.path[0] !== group
    const heading = name === undefined || !isFirst ? [] : [`#${group}:`]
    const indent = name === undefined ? '' : '  '
    return [
      ...(isFirst ? [''] : []),
      ...heading,
      ...comment(key).map(line => `# ${line}`),
      `#${indent}${key.path.at(-1)}: ${yamlDefault(key)}`,
    ]
  })
  return `${[...introduction, ...blocks.flat()].join('\n')}\n`
}

const introduction = [
  '# yaml-language-server: $schema=schemas/agent.schema.json',
  '# The configuration of an agent. Every key is here at its default, commented out: take the # away from the key and, when',
  '# it stands below a group, from the group. Flags and the environment go before this file; see docs/configuration.md.',
  '# Generated from agent/config/schema.ts.',
]

function comment(key: ConfigKey): readonly string[] {
  const { schema, environment, fileEnvironment } = key
  const named = schema['x-default-text']
  const facts = [
    ...(rangeOf(key) === '' ? [] : [`${rangeOf(key)}.`]),
    ...(named === undefined ? [] : [`Default: ${named}.`]),
    ...(key.isOptional ? ['No default.'] : []),
    `Environment: ${environment}${fileEnvironment === undefined ? '' : ` or ${fileEnvironment}`}.`,
  ]
  return [String(schema.description).replaceAll('`', ''), facts.join(' ')]
}

function yamlDefault({ schema, isOptional }: ConfigKey): string {
  if (isOptional || schema['x-default-text'] !== undefined) return '…'
  // A text that begins with @ is none of YAML until it is quoted.
  return stringify(schema['default'], { collectionStyle: 'flow' }).trim()
}

/** Puts the table of all keys between the markers of a page. */
export function configurationPage(page: string): string {
  return between(page, 'keys', [
    '| key | default | environment | meaning |',
    '| --- | --- | --- | --- |',
    ...configKeys.map(key => row([code(key.key), defaultText(key), environmentText(key), meaning(key)])),
  ])
}

function defaultText({ schema, isOptional }: ConfigKey): string {
  if (isOptional) return '–'
  const named: unknown = schema['x-default-text']
  if (typeof named === 'string') return named
  return code(`${schema['x-path'] === 'dataDir' ? '<dataDir>/' : ''}${valueText(schema['default'])}`)
}

function valueText(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function environmentText({ environment, fileEnvironment }: ConfigKey): string {
  return fileEnvironment === undefined ? code(environment) : `${code(environment)}, ${code(fileEnvironment)}`
}

function meaning(key: ConfigKey): string {
  const range = rangeOf(key)
  return [key.schema.description, ...(range === '' ? [] : [`${range}.`]), ...(key.isSecret ? ['Secret.'] : [])].join(
    ' ',
  )
}

/** `0 to 64`, `json, pretty or none`, or nothing. */
function rangeOf({ schema }: ConfigKey): string {
  const { minimum, maximum, anyOf } = schema as {
    readonly minimum?: number
    readonly maximum?: number
    readonly anyOf?: readonly { readonly const: string }[]
  } // keywords of JSON Schema
  if (anyOf !== undefined)
    return new Intl.ListFormat('en', { type: 'disjunction' }).format(anyOf.map(each => each.const))
  return minimum === undefined || maximum === undefined ? '' : `${minimum} to ${maximum}`
}

/** Replaces the lines between `<!-- name: begin -->` and `<!-- name: end -->`. Throws when a marker is missing. */
export function between(page: string, name: string, lines: readonly string[]): string {
  const begin = `<!-- ${name}: begin (generated) -->`
  const end = `<!-- ${name}: end -->`
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from < 0 || to < from) throw new Error(`the page has no lines ${begin} and ${end}`)
  return `${page.slice(0, from)}${begin}\n\n${lines.join('\n')}\n\n${page.slice(to)}`
}

/** A row of a Markdown table. */
export function row(cells: readonly string[]): string {
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

/** Text in code type. */
export function code(text: string): string {
  return `\`${text}\``
}
