import type { Command } from 'commander'
import type { ConnectionTest } from '../api/control.ts'
import { examine } from '../doctor/doctor.ts'
import type { Finding } from '../doctor/findings.ts'
import { guarded } from './agent-command.ts'
import { openClient } from './api-client.ts'
import { type ConfigOptions, loadFor, withConfig } from './config.ts'
import { formatTable, plain } from './format.ts'
import { type CliIo, exitCodes } from './io.ts'

/** `agent doctor`. */
export function addDoctorCommand(program: Command, io: CliIo): void {
  withConfig(
    program
      .command('doctor')
      .description(
        'look at all an agent needs: Redis, disk, clock, files, limits, connectors; tells a cure for each finding',
      ),
  )
    .option('--connections', 'test every connection too; for that the agent must run')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nWorks with a stopped agent too. Ends with 1 when there is a problem; warnings do not count.',
    )
    .action((options: ConfigOptions & { readonly connections?: boolean }) =>
      guarded(io, options.json, async () => {
        const loaded = loadFor(options, io.env)
        const client = openClient({ home: loaded.home }, io.env, io.signal)
        const test = (name: string) => client.post<ConnectionTest>(`/v1/connections/${encodeURIComponent(name)}/test`)
        const findings = await examine(loaded, options.connections === true ? test : undefined)
        const hasProblem = findings.some(({ status }) => status === 'problem')
        if (hasProblem) io.setExitCode(exitCodes.failed.code)
        io.stdout.write(
          options.json === true ? `${JSON.stringify({ findings }, null, 2)}\n` : plain(findingsText(findings)),
        )
      }),
    )
}

const marks = { ok: 'ok', warning: 'WARN', problem: 'FAIL' } as const

function findingsText(findings: readonly Finding[]): string {
  const table = formatTable(
    ['', 'check', 'finding'],
    findings.map(({ check, status, message }) => [marks[status], check, message]),
  )
  const cures = findings.flatMap(({ check, cure }) => (cure === undefined ? [] : [`  → ${check}: ${cure}\n`]))
  const count = (wanted: Finding['status']) => findings.filter(({ status }) => status === wanted).length
  return `${table}${cures.join('')}${count('problem')} problems, ${count('warning')} warnings\n`
}
