import { createLoggerControl } from '../logger-control.ts'
import { createLevels } from '../logs/levels.ts'
import { createLoggers } from '../logs/loggers.ts'
import { createRedactor } from '../logs/redact.ts'
import type { SetLevel } from '../logs/set-levels.ts'
import type { AgentControl } from './control.ts'

/** The loggers of an agent in memory, with the connectors `bigcommerce` and `variable`. */
export function createMemoryLoggers(): Pick<AgentControl, 'loggers' | 'setLogger' | 'resetLogger'> {
  const [own, group] = [new Map<string, SetLevel>(), new Map<string, SetLevel>()]
  const levels = createLevels({
    configured: 'INFO',
    openFile: () => ({
      path: '/srv/agent/config/logback.xml',
      levels: () => new Map([['agent.api', 'WARN'] as const]),
      problem: () => undefined,
      close: () => undefined,
    }),
    own: {
      all: () => own,
      set: (name, level) => void own.set(name, level),
      reset: name => own.delete(name),
    },
    group: {
      read: async () => group,
      set: async (name, level) => void group.set(name, level),
      reset: async name => group.delete(name),
    },
    logger: createLoggers({
      level: 'silent',
      fields: {},
      redactor: createRedactor(),
      sink: () => undefined,
    }).get('agent.logs'),
    onChange: () => undefined,
  })
  const release = (name: string) => ({ name, version: '0.1.0', hash: '0123456789ab', directory: `/releases/${name}` })
  return createLoggerControl(levels, { installed: async () => ['bigcommerce', 'variable'].map(release) })
}
