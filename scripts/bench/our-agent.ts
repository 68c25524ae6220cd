import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiClient } from '../../agent/cli/api-client.ts'
import { hasEnded, type RunCounts, type RunSummary } from '../../agent/run/status.ts'
import { createHome, startAgentProcess } from '../../agent/test/agent-process.ts'
import { cpuSeconds, type MemoryHalves, peakMb, watchMemory } from './process-figures.ts'

/** Where an agent works. */
export interface AgentSettings {
  readonly redisUrl: string
  readonly storeUrl: string
  /** Folder of the files it reads and writes. */
  readonly folder: string
  /** The operation, as YAML; the connections are `shop` and `files`. */
  readonly operation: string
  /** Agents of one group share their runs. Default: default. */
  readonly group?: string
  readonly signal: AbortSignal
}

/** What a run of ours came to. */
export interface AgentFigures extends MemoryHalves {
  readonly status: RunSummary['status']
  readonly counts: RunCounts
  /** From the submission to the end, by the agent's clock. */
  readonly seconds: number
  /** Of the runner. */
  readonly peakMb: number
  readonly cpuSeconds: number
}

/** An agent that is up and waits for its run. */
export interface OurAgent {
  /** Of its API. */
  readonly client: ApiClient
  /** Of its supervisor, which writes the log files. */
  readonly pid: number
  run(): Promise<AgentFigures>
  close(): Promise<void>
}

/** Starts an agent as an operator does, with one runner. */
export async function openOurAgent(settings: AgentSettings): Promise<OurAgent> {
  const home = await createHome()
  await home.write(
    'connections/shop.yaml',
    `connector: bigcommerce\nsettings:\n  storeHash: sandbox\n  accessToken: sandbox-token\n  apiUrl: ${settings.storeUrl}\n`,
  )
  await home.write('connections/files.yaml', `connector: local-storage\nsettings:\n  directory: ${settings.folder}\n`)
  await home.write('operations/bench.yaml', settings.operation)
  const { group = 'default', redisUrl, signal } = settings
  const set = ['logs.level=info', `agent.group=${group}`, `agent.name=bench-${group}`]
  const agent = await startAgentProcess({ home, redisUrl, set })
  const runner = (await agent.status()).runners[0]?.pid ?? 0
  return {
    client: agent.client,
    pid: agent.pid,
    async run() {
      const cpuBefore = cpuSeconds(runner)
      const memory = watchMemory(runner)
      const { runId } = await agent.submit('bench')
      const run = await untilEnded(() => agent.client.get<RunSummary>(`/v1/runs/${runId}`), signal).finally(() =>
        memory.stop(),
      )
      return {
        ...memory.stop(),
        status: run.status,
        counts: run.counts,
        seconds: (Date.parse(run.endedAt ?? '') - Date.parse(run.submittedAt)) / 1_000,
        peakMb: peakMb(runner),
        cpuSeconds: cpuSeconds(runner) - cpuBefore,
      }
    },
    async close() {
      await agent.stop()
      await home.delete()
    },
  }
}

async function untilEnded(ask: () => Promise<RunSummary>, signal: AbortSignal): Promise<RunSummary> {
  for (;;) {
    const run = await ask()
    if (hasEnded(run.status)) return run
    await sleep(100, undefined, { signal })
  }
}
