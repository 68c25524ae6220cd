import { type Command, InvalidArgumentError } from 'commander'
import type { PolicyAnswer } from '../policy.ts'
import { print, withClient, withTarget } from './agent-command.ts'
import type { TargetOptions } from './api-client.ts'
import { formatTable } from './format.ts'
import type { CliIo } from './io.ts'

/** `agent policy show` and `set`; by itself it shows. */
export function addPolicyCommand(program: Command, io: CliIo): void {
  const policy = program.command('policy').description('what the agent may do by itself')

  withTarget(policy.command('show', { isDefault: true }).description('show what is forbidden, and by whom')).action(
    (options: TargetOptions) =>
      withClient(io, options, async client => {
        const answer = await client.get<PolicyAnswer>('/v1/policy')
        print(io, options, answer, () => policyText(answer))
      }),
  )

  withTarget(policy.command('set').description('forbid something, or allow again what was forbidden here'))
    .argument('<name>', 'disableAutoConnectorUpdate: never fetch newer releases of connectors', knownName)
    .argument('<value>', 'true or false', truth)
    .action((name: string, value: boolean, options: TargetOptions) =>
      withClient(io, options, async client => {
        const answer = await client.put<PolicyAnswer>('/v1/policy', { [name]: value })
        print(io, options, answer, () => policyText(answer))
      }),
    )
}

function knownName(text: string): string {
  if (text !== 'disableAutoConnectorUpdate') throw new InvalidArgumentError('must be disableAutoConnectorUpdate')
  return text
}

function truth(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new InvalidArgumentError('must be true or false')
  return text === 'true'
}

const whoTexts = { configuration: 'the configuration', api: 'the API' } as const

function policyText({ disableAutoConnectorUpdate, forbiddenBy }: PolicyAnswer): string {
  const by = forbiddenBy.map(who => whoTexts[who]).join(' and ')
  return formatTable(
    ['policy', 'value', 'set by'],
    [['disableAutoConnectorUpdate', String(disableAutoConnectorUpdate), by || 'nobody']],
  )
}
