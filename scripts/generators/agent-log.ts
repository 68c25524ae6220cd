import type { TSchema } from '@sinclair/typebox'
import { ecsNames } from '../../agent/logs/ecs.ts'
import { agentLineSchema, connectorLineSchema, metricLineSchema } from '../../agent/logs/line-schema.ts'
import { between, code, row } from './configuration.ts'

/** Puts the tables of the fields of log lines between the markers of a page. */
export function agentLogPage(page: string): string {
  const withAgent = between(page, 'fields of the agent log', fieldLines(agentLineSchema))
  return between(withAgent, 'fields of connector logs', fieldLines(connectorLineSchema))
}

/** `config/schemas/agent-log-line.schema.json`. */
export function agentLogLineSchema(): string {
  const $schema = 'http://json-schema.org/draft-07/schema#'
  return `${JSON.stringify({ $schema, anyOf: [agentLineSchema, connectorLineSchema, metricLineSchema] }, null, 2)}\n`
}

/** The table of the fields of lines. */
export function fieldLines({ properties, required = [] }: TSchema): readonly string[] {
  const fields = Object.entries(properties as { readonly [name: string]: TSchema }) // both are objects
  return [
    '| field | type | always | what it says | in ECS |',
    '| --- | --- | --- | --- | --- |',
    ...fields.map(([name, schema]) =>
      row([
        code(name),
        typeOf(schema),
        (required as readonly string[]).includes(name) ? 'yes' : '',
        String(schema.description),
        name === 'err' ? code('error.*') : code(ecsNameOf(name)),
      ]),
    ),
  ]
}

function ecsNameOf(name: string): string {
  return Object.hasOwn(ecsNames, name) ? ecsNames[name as keyof typeof ecsNames] : `commerce_agent.${name}` // one of its keys
}

function typeOf(schema: TSchema): string {
  if (schema['type'] === 'array') return `list of ${typeOf(schema['items'])}s`
  const branches = (schema['anyOf'] ?? []) as readonly TSchema[] // JSON Schema's own shape
  if (branches.length === 0) return String(schema['type'])
  return branches.map(each => (each['const'] === undefined ? typeOf(each) : code(each['const']))).join(', ')
}
