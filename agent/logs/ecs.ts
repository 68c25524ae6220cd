/** How the fields of a line are called in the Elastic Common Schema 8.11; every other is put below `commerce_agent.`. */
export const ecsNames = {
  time: '@timestamp',
  level: 'log.level',
  logger: 'log.logger',
  message: 'message',
  pid: 'process.pid',
  agent: 'service.node.name',
} as const

const ownPrefix = 'commerce_agent.'
const constants = { 'ecs.version': '8.11.0', 'service.name': 'commerce-agent' }
const plainNames = new Map<string, string>(Object.entries(ecsNames).map(([plain, ecs]) => [ecs, plain]))

/** A line of the log under the field names of ECS, newline included. A text that is no JSON stays as it is. */
export function toEcsLine(line: string): string {
  const fields = parseObject(line)
  if (fields === undefined) return line
  const named = Object.entries(fields).flatMap(([name, value]) =>
    name === 'err' ? errorFields(value) : [[ecsNameOf(name), value] as const],
  )
  return `${JSON.stringify({ ...Object.fromEntries(named), ...constants })}\n`
}

/** The fields of a line under our own names, whichever it was written with; undefined when it is no JSON object. */
export function fieldsOf(line: string): { readonly [name: string]: unknown } | undefined {
  const fields = parseObject(line)
  if (fields === undefined || !('@timestamp' in fields)) return fields
  const own = Object.entries(fields).filter(([name]) => !Object.hasOwn(constants, name))
  return Object.fromEntries(own.map(([name, value]) => [plainNameOf(name), value]))
}

function ecsNameOf(name: string): string {
  return Object.hasOwn(ecsNames, name) ? ecsNames[name as keyof typeof ecsNames] : `${ownPrefix}${name}` // one of its keys
}

function plainNameOf(name: string): string {
  return plainNames.get(name) ?? (name.startsWith(ownPrefix) ? name.slice(ownPrefix.length) : name)
}

function errorFields(value: unknown): readonly (readonly [string, unknown])[] {
  const { type, message, stack, ...more } = (value ?? {}) as { readonly [name: string]: unknown } // as pino writes errors
  const rest = Object.entries(more).map(([name, each]) => [`${ownPrefix}error.${name}`, each] as const)
  return [['error.type', type], ['error.message', message], ['error.stack_trace', stack], ...rest]
}

function parseObject(line: string): { readonly [name: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as { [name: string]: unknown }) : undefined
  } catch {
    return undefined
  }
}
