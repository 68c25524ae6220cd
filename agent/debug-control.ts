import type { AgentDebug } from './agent-debug.ts'
import type { AgentControl } from './api/control.ts'
import type { DebugRun, DebugSetting, DebugSwitchEntry } from './api/debug.ts'
import { parseDuration } from './duration.ts'
import { AgentError } from './errors.ts'
import type { DebugOverview } from './logs/debug-reader.ts'
import type { DebugSwitch, DebugTarget } from './logs/debug-switches.ts'
import type { OperationLogs } from './logs/operation-log.ts'
import type { Project } from './project/project.ts'
import { maxDebugMs } from './run/operation.ts'

type DebugControl = Pick<AgentControl, 'debug' | 'setDebug' | 'resetDebug' | 'debugRun' | 'debugLines' | 'debugArchive'>

const usualTime = '1h'

/** What the API can ask and change of debug logging. */
export function createDebugControl(parts: {
  readonly debug: Omit<AgentDebug, 'trim'>
  readonly project: Pick<Project, 'operations'>
  readonly logs: Pick<OperationLogs, 'find'>
}): DebugControl {
  const { debug, project, logs } = parts
  const { switches, reader } = debug

  async function isKnown(target: DebugTarget): Promise<boolean> {
    switch (target.tag) {
      case 'operation':
        return (await project.operations()).includes(target.name)
      case 'run':
        return logs.find(target.runId) !== undefined
      case 'agent':
        return true
      default:
        return target satisfies never
    }
  }

  function runOf({ isEncrypted, steps, ...facts }: DebugOverview): DebugRun {
    const operation = logs.find(facts.runId)?.operation
    const named = operation === undefined ? {} : { operation }
    return { ...facts, ...named, encrypted: isEncrypted, steps: steps.map(step => ({ ...step })) }
  }

  return {
    async debug(limit) {
      // Without Redis what was read last of the group is what holds.
      await switches.refresh().catch(() => undefined)
      const runs = await reader.runs()
      const shown = runs.slice(0, limit).map(runOf)
      const holding = switches.table().map(entryOf)
      return { switches: holding, encrypt: debug.isEncrypting, runs: shown, more: runs.length - shown.length }
    },
    async setDebug(target, setting) {
      const { children = false, group = false } = setting
      if (children && target.tag !== 'operation') throw invalid('children: only an operation has children')
      const until = untilOf(setting)
      const scope = group ? 'group' : 'agent'
      await switches.set(target, { until, children }, scope)
      return { ...entryOf({ target, children, scope, until }), known: await isKnown(target) }
    },
    async resetDebug(target, group) {
      const wasOn = await switches.reset(target, group ? 'group' : 'agent')
      return { wasOn, switches: switches.table().map(entryOf) }
    },
    debugRun: async runId => runOf(await reader.run(runId)),
    debugLines: (runId, step) => reader.lines(runId, step),
    debugArchive: runId => reader.archive(runId),
  }
}

function entryOf({ target, children, scope, until }: DebugSwitch): DebugSwitchEntry {
  const name = target.tag === 'operation' ? target.name : target.tag === 'run' ? target.runId : undefined
  return { target: target.tag, ...(name === undefined ? {} : { name }), children, scope, until }
}

function untilOf({ for: duration, until }: DebugSetting): string {
  if (duration !== undefined && until !== undefined) throw invalid('give one of for and until, not both')
  const forMs = until === undefined ? parseDuration(duration ?? usualTime) : Date.parse(until) - Date.now()
  if (forMs !== undefined && forMs >= 1_000 && forMs <= maxDebugMs) return new Date(Date.now() + forMs).toISOString()
  if (until !== undefined) throw invalid(`until ${until}: must lie ahead, by 14 days at most`)
  throw invalid(`for ${JSON.stringify(duration)}: must be a time like 90s, 30m, 2h or 3d, at most 14d`)
}

function invalid(problem: string): AgentError {
  return new AgentError('REQUEST_INVALID', problem)
}
