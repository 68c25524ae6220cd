import type { AgentStatus } from './api/control.ts'
import type { Config } from './config/schema.ts'
import type { AgentLogger } from './logs/loggers.ts'
import type { AgentPolicy } from './policy.ts'
import { queueNameOf } from './queue.ts'
import type { RedisWatcher } from './redis.ts'
import type { Runners } from './runners.ts'

/** What the agent knows of itself at any moment, without asking anybody. */
export interface AgentState {
  redis: AgentStatus['redis']
  /** Jobs nobody has taken yet, as counted last. */
  waiting: number | undefined
  /** When the job at the head of the queue was submitted, in ms, as looked last. */
  headSubmittedAt: number | undefined
  isDraining: boolean
  isStopping: boolean
  /** The connection to Redis, noted and told once per change. */
  watchRedis(logger: AgentLogger): RedisWatcher
  /** All but the connectors. */
  status(runners: Runners): Omit<AgentStatus, 'connectors'>
}

/** The state of an agent that has just started. */
export function createState(
  { agent, connectors }: Config,
  version: string,
  policy: Pick<AgentPolicy, 'current'>,
): AgentState {
  const startedAt = new Date()
  const state: AgentState = {
    redis: { connected: false },
    waiting: undefined,
    headSubmittedAt: undefined,
    isDraining: false,
    isStopping: false,
    watchRedis: logger => ({
      onUp() {
        state.redis = { connected: true }
        logger.info({}, 'redis connected')
      },
      onDown(problem) {
        state.redis = { connected: false, problem }
        if (!state.isStopping) logger.error({ problem }, 'redis is away; the agent waits for it')
      },
    }),
    status: runners => ({
      agent: agent.name,
      group: agent.group,
      version,
      state: stateName(state, runners),
      startedAt: startedAt.toISOString(),
      uptimeSeconds: Math.floor((Date.now() - startedAt.getTime()) / 1_000),
      pid: process.pid,
      redis: state.redis,
      queue: { name: queueNameOf(agent.group), ...(state.waiting === undefined ? {} : { waiting: state.waiting }) },
      runners: runners.status(),
      policy: {
        disableAutoConnectorUpdate: policy.current().disableAutoConnectorUpdate,
        allowUnsignedConnectors: connectors.allowUnsignedConnectors,
      },
    }),
  }
  return state
}

function stateName({ isStopping, isDraining }: AgentState, runners: Runners): AgentStatus['state'] {
  if (isStopping) return 'stopping'
  if (isDraining) return runners.running().length === 0 ? 'drained' : 'draining'
  return runners.hasReady() ? 'running' : 'starting'
}
