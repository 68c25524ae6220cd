import { createDebugControl } from '../debug-control.ts'
import { AgentError } from '../errors.ts'
import type { DebugOverview } from '../logs/debug-reader.ts'
import { createDebugSwitchboard } from '../logs/debug-switchboard.ts'
import type { SetSwitch } from '../logs/debug-switches.ts'
import { createLoggers } from '../logs/loggers.ts'
import { createRedactor } from '../logs/redact.ts'
import type { AgentControl } from './control.ts'

const at = '2026-11-23T12:00:00.000Z'
const overview: DebugOverview = {
  ...{ runId: 'debugged', firstAt: at, lastAt: at, sizeBytes: 1_234, isEncrypted: false },
  steps: [
    { step: 'events', sizeBytes: 1_000, deletedSegments: 0 },
    { step: 'trigger', sizeBytes: 234, deletedSegments: 0 },
  ],
}

/** The debug logging of an agent in memory: the run `debugged` has three events. */
export function createMemoryDebug(): Pick<
  AgentControl,
  'debug' | 'setDebug' | 'resetDebug' | 'debugRun' | 'debugLines' | 'debugArchive'
> {
  const [own, group] = [new Map<string, SetSwitch>(), new Map<string, SetSwitch>()]
  const loggers = createLoggers({ level: 'silent', fields: {}, redactor: createRedactor(), sink: () => undefined })
  const switches = createDebugSwitchboard({
    own: { all: () => own, set: (key, set) => void own.set(key, set), reset: key => own.delete(key) },
    group: {
      read: async () => group,
      set: async (key, set) => void group.set(key, set),
      reset: async key => group.delete(key),
    },
    logger: loggers.get('agent.logs'),
  })
  function found(runId: string): DebugOverview {
    if (runId !== overview.runId) throw new AgentError('DEBUG_LOG_NOT_FOUND', `no debug data of run "${runId}"`)
    return overview
  }
  const event = (message: string, fields: object) =>
    JSON.stringify({ level: 'info', time: at, logger: 'agent.run', ...fields, message })
  const reader = {
    runs: async () => [overview],
    run: async (runId: string) => found(runId),
    async *lines(runId: string) {
      found(runId)
      yield event('page read', { page: 1, records: 250, durationMs: 12 })
      yield event('batch settled', { batch: 1, records: 10, durationMs: 34 })
      yield event('attempt ended', { status: 'success' })
    },
    async *archive(runId: string) {
      found(runId)
      yield Buffer.from('packed')
    },
  }
  return createDebugControl({
    debug: { switches, reader, isEncrypting: false },
    project: { operations: async () => ['Products to CSV'] },
    logs: { find: () => undefined },
  })
}
