import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import type { AgentStatus } from '../api/control.ts'
import { print, withClient, withTarget } from './agent-command.ts'
import type { TargetOptions } from './api-client.ts'
import type { CliIo } from './io.ts'

/** `agent drain` and `agent resume`. */
export function addDrainCommands(program: Command, io: CliIo): void {
  withTarget(program.command('drain').description('take no new jobs; what runs goes on, and the agent stays up'))
    .option('--wait', 'return only when the last run has ended')
    .action((options: TargetOptions & { wait?: boolean }) =>
      withClient(io, options, async client => {
        let status = await client.post<AgentStatus>('/v1/drain')
        while (options.wait === true && status.state === 'draining') {
          await sleep(500, undefined, { signal: io.signal })
          status = await client.get<AgentStatus>('/v1/status')
        }
        print(io, options, status, () => `${status.state}: ${runsText(status)}\n`)
      }),
    )

  withTarget(program.command('resume').description('take jobs again')).action((options: TargetOptions) =>
    withClient(io, options, async client => {
      const status = await client.post<AgentStatus>('/v1/resume')
      print(io, options, status, () => `${status.state}\n`)
    }),
  )
}

function runsText({ runners }: AgentStatus): string {
  const runs = runners.flatMap(runner => runner.runs)
  return runs.length === 0 ? 'no run is left' : `${runs.length} still running: ${runs.join(', ')}`
}
