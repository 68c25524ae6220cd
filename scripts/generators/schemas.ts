import type { TSchema } from '@sinclair/typebox'
import { configFileSchema } from '../../agent/config/file-schema.ts'
import { configKeys } from '../../agent/config/schema.ts'
import { jobName, queueNameOf } from '../../agent/queue.ts'
import { connectionDefinition, operationDefinition, operationJob } from '../../agent/run/operation.ts'

const draft = 'http://json-schema.org/draft-07/schema#'

/** The schema of `config/agent.yaml`. */
export function agentSchema(): string {
  return json({ $id: idOf('agent'), ...configFileSchema() })
}

/** The schema of `connections/<name>.yaml`. */
export function connectionSchema(): string {
  return published('connection', connectionDefinition, 'A file `connections/<name>.yaml` of the project folder.')
}

/** The schema of `operations/<name>.yaml`. */
export function operationSchema(): string {
  return published('operation', operationDefinition, 'A file `operations/<name>.yaml` of the project folder.')
}

/** The schema of what a control plane enqueues, with where to put it. */
export function operationJobSchema(): string {
  const prefix = configKeys.find(({ key }) => key === 'redis.prefix')?.schema['default']
  const where =
    `The data of a BullMQ job: queue \`${queueNameOf('<group>')}\` (the agent group, \`agent.group\`), ` +
    `prefix \`redis.prefix\` (default \`${prefix}\`), job name \`${jobName}\`.`
  return published('operation-job', operationJob, where)
}

function published(name: string, schema: TSchema, description: string): string {
  return json({ $id: idOf(name), $schema: draft, description, ...schema })
}

function idOf(name: string): string {
  return `urn:commerce-agent:schema:${name}`
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
