import { join } from 'node:path'
import type { Config } from './config/schema.ts'
import type { DebugTable } from './logs/debug-switches.ts'
import type { Loggers } from './logs/loggers.ts'
import type { OperationLogs } from './logs/operation-log.ts'
import type { Redactor } from './logs/redact.ts'
import { openProject } from './project/project.ts'
import { readKey } from './project/secrets.ts'
import { createRunDebugs, type RunDebugs } from './run/debug.ts'

/** Where the debug data of an agent lies. */
export function debugRoot({ dataDir }: Pick<Config, 'dataDir'>): string {
  return join(dataDir, 'debug')
}

/** The debug logs of the runs of a runner. What they have not written yet is written when the process exits. */
export function openRunnerDebugs(
  config: Config,
  parts: { readonly redactor: Redactor; readonly loggers: Loggers; readonly logs: OperationLogs },
  table: DebugTable,
): RunDebugs & { close(): void } {
  const project = openProject(config.projectDir)
  const debugs = createRunDebugs(
    {
      ...parts,
      agent: config.agent.name,
      root: debugRoot(config),
      maxRunMegabytes: config.debugLogs.maxRunMegabytes,
      ...(config.debugLogs.encrypt ? { readKey: () => readKey(config.secrets) } : {}),
      parentOf: runId => parts.logs.find(runId),
      debugOf: async name => (await project.operation(name)).value.debug,
    },
    table,
  )
  process.once('exit', debugs.flushNow)
  return { ...debugs, close: () => void process.off('exit', debugs.flushNow) }
}
