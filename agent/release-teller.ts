import type { AgentLogger } from './logs/loggers.ts'
import type { LoaderWatcher } from './registry/loader.ts'

/** Tells in the agent log what a loader meets: what is loaded unsigned, and, once for each cause, what is refused. */
export function createReleaseTeller(logger: AgentLogger): Required<LoaderWatcher> {
  const told = new Set<string>()
  return {
    onLoaded({ release: { name, version }, signature }) {
      if (signature.tag === 'unsigned') logger.warn({ connector: name, version }, 'unsigned connector loaded')
    },
    onRefused({ name, version }, { message }) {
      if (told.has(message)) return
      told.add(message)
      const fields = { connector: name, version, error: message }
      logger.warn(fields, 'connector refused; the next older release is used if there is one')
    },
  }
}
