import semver from 'semver'
import { toError } from '../errors.ts'
import type { Release } from './installed.ts'
import type { ConnectorMemory, ConnectorsState } from './state.ts'

/** A run as the watch looks at it. */
export interface WatchedRun {
  readonly operation: string
  readonly status: string
  readonly endedAt?: string
  /** Releases as `name version`; absent until the run has opened its connections. */
  readonly source?: string
  readonly target?: string
}

/** Watches how runs fare on a release that has taken the place of an older one, and goes back when they fail. */
export interface ReleaseWatch {
  /** An attempt at a run has ended. Never rejects. */
  runEnded(runId: string): Promise<void>
  /** A runner died with runs in its hands. Resolves with whether they will use another release. Never rejects. */
  runnerDied(runIds: readonly string[], death: Death): Promise<boolean>
}

/** Why a runner died. */
export interface Death {
  /** RUN_LOST: it was ended from outside. */
  readonly code: string
  readonly message: string
  /** Whose work it died of, where that is known. */
  readonly culprit: { readonly connector?: string } | undefined
}

/** What a watch works with. */
export interface WatchParts {
  readonly agent: string
  readonly graceMs: number
  readonly state: ConnectorsState
  readonly find: (runId: string) => WatchedRun | undefined
  /** The last so many runs, the newest first. */
  readonly recent: (limit: number) => readonly WatchedRun[]
  /** Names of the connectors of an operation, for runs that have not got as far as telling it. */
  readonly connectorsOf: (operation: string) => Promise<readonly string[]>
  readonly goBack: (name: string, version: string, reason: string) => Promise<Release | undefined>
  readonly logger: { warn(fields: object, message: string): void }
  readonly now?: () => Date
}

/** A release that has taken the place of an older one, within its grace time. */
interface Trial {
  readonly name: string
  readonly version: string
  readonly previous: string
  readonly since: string
}

const leastRuns = 5
/** By how much the share of failed runs has to grow. */
const leastGrowth = 0.3
/** What the share before is taken for while nothing is known of it. */
const unknownShare = 0.5
/** Of deaths whose culprit nobody knows. */
const leastDeaths = 2
const lookedAtRuns = 500

/** A watch over the runs of an agent. */
export function createReleaseWatch(parts: WatchParts): ReleaseWatch {
  const { find, logger } = parts
  const deaths = new Map<string, number>()

  async function guarded<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (thrown) {
      logger.warn({ error: toError(thrown).message }, 'connector release not watched')
      return undefined
    }
  }

  /** Resolves with whether it went back. */
  async function countDeath(trial: Trial, { message, culprit }: Death): Promise<boolean> {
    const goBack = async (reason: string) => (await parts.goBack(trial.name, trial.version, reason)) !== undefined
    if (culprit?.connector === trial.name) return goBack(message)
    const key = `${trial.name} ${trial.version} ${trial.since}`
    const count = (deaths.get(key) ?? 0) + 1
    deaths.set(key, count)
    if (count < leastDeaths) return false
    deaths.delete(key)
    return goBack(`${count} runners died while they ran it: ${message}`)
  }

  return {
    async runEnded(runId) {
      await guarded(async () => {
        const run = find(runId)
        for (const name of run === undefined ? [] : namesOf(run)) {
          const trial = await trialOf(name, parts)
          const verdict = trial === undefined ? undefined : judge(trial, parts.recent(lookedAtRuns))
          if (trial !== undefined && verdict !== undefined) await parts.goBack(name, trial.version, verdict)
        }
      })
    },
    async runnerDied(runIds, death) {
      if (death.code === 'RUN_LOST') return false
      const blamed = death.culprit?.connector
      const went = await guarded(async () => {
        const trials = (await trialsUnder(runIds, parts)).filter(({ name }) => blamed === undefined || blamed === name)
        return Promise.all(trials.map(trial => countDeath(trial, death)))
      })
      return went?.includes(true) === true
    },
  }
}

/** The releases on trial that runs were using, or were about to. */
async function trialsUnder(runIds: readonly string[], parts: WatchParts): Promise<readonly Trial[]> {
  const trials = new Map<string, Trial>()
  for (const run of runIds.flatMap(runId => parts.find(runId) ?? [])) {
    const isEarly = run.source === undefined
    for (const name of isEarly ? await parts.connectorsOf(run.operation) : namesOf(run)) {
      const trial = await trialOf(name, parts)
      if (trial !== undefined && (isEarly || isOn(run, trial.name, trial.version))) trials.set(name, trial)
    }
  }
  return [...trials.values()]
}

async function trialOf(
  name: string,
  { agent, state, graceMs, now = () => new Date() }: WatchParts,
): Promise<Trial | undefined> {
  const { version, previous, since } = activeOf(await state.of(name), agent)
  if (version === undefined || previous === undefined || since === undefined) return undefined
  // Whoever went back is not to be sent forth again.
  if (!semver.gt(version, previous) || Date.parse(since) + graceMs < now().getTime()) return undefined
  return { name, version, previous, since }
}

function activeOf(memory: ConnectorMemory, agent: string): Partial<ConnectorMemory['active'][string]> {
  return memory.active[agent] ?? {}
}

/** Why to go back, as the end of a sentence; undefined while there is no reason. */
export function judge(trial: Trial, runs: readonly WatchedRun[]): string | undefined {
  const { name, version, previous, since } = trial
  const current = shareOf(runs.filter(run => isOn(run, name, version) && (run.endedAt ?? '') >= since))
  if (current.runs < leastRuns) return undefined
  const before = shareOf(runs.filter(run => isOn(run, name, previous)))
  const share = before.runs === 0 ? unknownShare : before.failed / before.runs
  if (current.failed / current.runs < share + leastGrowth) return undefined
  const then = before.runs === 0 ? 'none is known' : `${before.failed} of ${before.runs} failed`
  return `${current.failed} of ${current.runs} runs failed; on ${previous} ${then}`
}

/** Runs that were canceled, or go on, say nothing. */
function shareOf(runs: readonly WatchedRun[]): { readonly runs: number; readonly failed: number } {
  const told = runs.filter(({ endedAt, status }) => endedAt !== undefined && status !== 'canceled')
  return { runs: told.length, failed: told.filter(({ status }) => status === 'error').length }
}

function isOn({ source, target }: WatchedRun, name: string, version: string): boolean {
  return source === `${name} ${version}` || target === `${name} ${version}`
}

function namesOf({ source, target }: WatchedRun): readonly string[] {
  return [...new Set([source, target].flatMap(each => each?.split(' ')[0] ?? []))]
}
