import type { AgentControl } from './api/control.ts'
import type { LoggerAnswer } from './api/loggers.ts'
import { parseDuration } from './duration.ts'
import { AgentError } from './errors.ts'
import type { Levels } from './logs/levels.ts'
import { lineage, maxLoggerNameLength, parseLoggerName, rootLogger } from './logs/logger-levels.ts'
import { connectorLoggers } from './logs/loggers.ts'
import type { ConnectorLoader } from './registry/loader.ts'

type LoggerControl = Pick<AgentControl, 'loggers' | 'setLogger' | 'resetLogger'>

/** Loggers of the agent itself, of its runners too. */
const agentLoggers = [
  '',
  '.api',
  '.connectors',
  '.logs',
  '.metrics',
  '.pacing',
  '.run',
  '.runner',
  '.runners',
  '.tracing',
].map(part => `agent${part}`)

/** What is set for a time falls back after a month at the latest; what is to last stands in the file. */
const maxForMs = 30 * 86_400_000
const usualTime = '1h'

/** What the API can ask and change of the levels of loggers. */
export function createLoggerControl(levels: Levels, loader: Pick<ConnectorLoader, 'installed'>): LoggerControl {
  async function known(): Promise<readonly string[]> {
    const connectors = (await loader.installed()).map(({ name }) => `${connectorLoggers}.${name}`)
    return [...new Set([...agentLoggers, connectorLoggers, ...connectors])]
  }

  return {
    async loggers() {
      // Without Redis what was read last of the group is what holds.
      await levels.refresh().catch(() => undefined)
      const names = [...new Set([...(await known()), ...levels.named()])].filter(name => name !== rootLogger).sort()
      return {
        loggers: [rootLogger, ...names].map(name => levels.entry(name)),
        file: levels.file(),
      }
    },
    async setLogger(text, { level, for: duration = usualTime, group = false }) {
      const name = checkName(text)
      const forMs = parseDuration(duration) ?? 0
      if (forMs < 1_000 || forMs > maxForMs) {
        const wanted = 'must be a time like 90s, 30m, 2h or 3d, at most 30d'
        throw new AgentError('REQUEST_INVALID', `for ${JSON.stringify(duration)}: ${wanted}`)
      }
      await levels.set(name, level, { forMs, scope: group ? 'group' : 'agent' })
      return answerFor(name)
    },
    async resetLogger(text, group) {
      const name = checkName(text)
      const wasSet = await levels.reset(name, group ? 'group' : 'agent')
      return { ...(await answerFor(name)), wasSet }
    },
  }

  async function answerFor(name: string): Promise<LoggerAnswer> {
    const affects = (await known()).filter(each => lineage(each).includes(name))
    return { ...levels.entry(name), affects }
  }
}

function checkName(text: string): string {
  const name = parseLoggerName(text)
  if (name !== undefined) return name
  const wanted = `words of letters, digits, _, $ or -, joined by dots, at most ${maxLoggerNameLength} characters`
  throw new AgentError('REQUEST_INVALID', `${JSON.stringify(text)} is no name of a logger: ${wanted}`)
}
