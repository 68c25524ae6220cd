import { dirname, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AgentError, errorCode, toError } from '../errors.ts'
import { type CheckParts, createChecks } from './checks.ts'
import type { Release } from './installed.ts'
import { chooseReleases, type Refusal } from './selection.ts'
import type { ConnectorMemory } from './state.ts'
import { quarantining, type UpdateOrder } from './updater.ts'

/** Says which releases are used, and sees to it that they are the newest that may be. */
export interface ReleaseSupply {
  /**
   * What a run loads, the best first. Asks the registry when that is due, and waits for it a second at most as long as
   * there is something to use. Throws what the choice throws.
   */
  forRun(name: string, range: string | undefined): Promise<readonly Release[]>
  /** Asks the registry before somebody tests a connection. Never rejects. */
  beforeTest(name: string, range: string | undefined): Promise<void>
  /** A release could not be loaded in a runner. Never rejects. */
  refused(release: Pick<Release, 'name' | 'version'>, code: string, message: string): Promise<void>
  /** Keeps a version from being used; false when it was not used any more. */
  quarantine(name: string, version: string, cause: { readonly by: string; readonly reason: string }): Promise<boolean>
  /** What runs without a range use now. Throws what the choice throws. */
  activate(name: string, by: string): Promise<Release>
}

/** What a supply works with. */
export interface SupplyParts extends CheckParts {
  readonly agent: string
  /** A version that another agent of the group tries first. */
  readonly heldBack?: (name: string) => Refusal | undefined
  readonly onActivated?: (name: string, version: string, previous: string | undefined) => void
  readonly logger: {
    info(fields: object, message: string): void
    warn(fields: object, message: string): void
  }
  /** How long a run waits for a registry; the default leaves room for the rest within a second. */
  readonly patienceMs?: number | undefined
}

const usualPatienceMs = 600
const testPatienceMs = 20_000
const needPatienceMs = 60_000

/** A supply of releases for the runners of an agent. */
export function createSupply(parts: SupplyParts): ReleaseSupply {
  const { updater, patienceMs = usualPatienceMs } = parts
  const checks = createChecks(parts)
  const select = createSelect(parts)

  async function forRun(name: string, range: string | undefined): Promise<readonly Release[]> {
    const wanted: UpdateOrder = { range, by: 'run' }
    if (await checks.isDue(name, range)) await atMost(checks.run(name, wanted), patienceMs)
    try {
      return await select(name, range, 'run')
    } catch (thrown) {
      if (!isMissing(thrown) || updater.isOff)
        throw withHint(
          thrown,
          updater.isOff ? 'the policy disableAutoConnectorUpdate forbids to ask the registry for one' : undefined,
        )
      const problem = await atMost(checks.run(name, { ...wanted, isUrgent: true }), needPatienceMs)
      try {
        return await select(name, range, 'run')
      } catch (again) {
        throw withHint(again, problem?.message)
      }
    }
  }

  return {
    forRun,
    async beforeTest(name, range) {
      if (!updater.isOff) await atMost(checks.run(name, { range, by: 'test-connection' }), testPatienceMs)
    },
    async refused(release, code, message) {
      if (code !== 'CONNECTOR_INVALID') return
      const others = (await parts.loader.installed().catch(() => [])).filter(each => each.name === release.name)
      // The last one is tried again and again: the cause may be mended.
      if (others.length < 2) return
      await quarantine(parts, release.name, release.version, { by: 'watch', reason: message }).catch(() => undefined)
    },
    quarantine: (name, version, cause) => quarantine(parts, name, version, cause),
    async activate(name, by) {
      const [release] = await select(name, undefined, by)
      if (release === undefined) throw new AgentError('CONNECTOR_NOT_FOUND', `connector ${name} is not installed`)
      return release
    },
  }
}

/** Chooses among what is installed; what cannot be verified goes behind. A change of what is used is told. */
function createSelect(parts: SupplyParts) {
  const { loader, state, logger } = parts
  const verified = new Set<string>()
  const told = new Set<string>()

  function tell(name: string, version: string, error: string): void {
    if (told.has(`${name} ${version} ${error}`)) return
    told.add(`${name} ${version} ${error}`)
    logger.warn({ connector: name, version, error }, 'newest connector release is not used; an older one is')
  }

  async function isGood(release: Release): Promise<boolean> {
    if (verified.has(release.directory)) return true
    try {
      await loader.verify(release)
      verified.add(release.directory)
      return true
    } catch (thrown) {
      tell(release.name, release.version, toError(thrown).message)
      return false
    }
  }

  return async (name: string, range: string | undefined, by: string): Promise<readonly Release[]> => {
    const memory = await state.of(name)
    const rules = { ...parts.rulesOf(memory), heldBack: parts.heldBack?.(name) }
    const { releases, passedOver } = chooseReleases({ installed: await loader.installed(), name, range, rules })
    for (const { version, reason } of passedOver) tell(name, version, reason)
    for (const [index, release] of releases.entries()) {
      if (!(await isGood(release))) continue
      if (range === undefined) await noteActive(release, { memory, by, parts })
      return releases.slice(index)
    }
    // None is good: the runner says what is wrong with the best.
    return releases
  }
}

async function noteActive(
  { name, version, directory }: Release,
  { memory, by, parts }: { readonly memory: ConnectorMemory; readonly by: string; readonly parts: SupplyParts },
): Promise<void> {
  const { agent, state, audit, logger } = parts
  const previous = memory.active[agent]?.version
  if (previous === version) return
  const isOwn = resolve(dirname(dirname(directory))) === resolve(parts.directory)
  let isNew = false
  try {
    await state.change(name, before => {
      isNew = before.active[agent]?.version !== version
      if (!isNew) return before
      const active = { version, since: new Date().toISOString(), ...(previous === undefined ? {} : { previous }) }
      const { highestTrusted = isOwn ? version : undefined } = before
      return {
        ...before,
        ...(highestTrusted === undefined ? {} : { highestTrusted }),
        active: { ...before.active, [agent]: active },
      }
    })
    if (!isNew) return
    const from = previous === undefined ? {} : { from: previous }
    await audit.write({ action: 'activated', connector: name, version, ...from, by })
  } catch (thrown) {
    logger.warn({ connector: name, version, error: toError(thrown).message }, 'use of a connector release not recorded')
  }
  logger.info({ connector: name, version, ...(previous === undefined ? {} : { previous }) }, 'connector release in use')
  parts.onActivated?.(name, version, previous)
}

async function quarantine(
  { state, audit, logger }: SupplyParts,
  name: string,
  version: string,
  { by, reason }: { readonly by: string; readonly reason: string },
): Promise<boolean> {
  let isNew = false
  await state.change(name, memory => {
    isNew = !memory.quarantined.some(each => each.version === version)
    if (!isNew) return memory
    return { ...memory, quarantined: quarantining(memory, { version, reason, at: new Date().toISOString() }) }
  })
  if (!isNew) return false
  await audit.write({ action: 'quarantined', connector: name, version, by, reason })
  logger.warn({ connector: name, version, reason }, 'connector release quarantined; it is not used any more')
  return true
}

function isMissing(thrown: unknown): boolean {
  return ['CONNECTOR_NOT_FOUND', 'CONNECTOR_QUARANTINED', 'CONNECTOR_DOWNGRADE'].includes(errorCode(thrown) ?? '')
}

function withHint(thrown: unknown, hint: string | undefined): unknown {
  if (hint === undefined || !(thrown instanceof AgentError)) return thrown
  return new AgentError(thrown.code, `${thrown.message}; ${hint}`, { cause: thrown })
}

/** What a promise that never rejects resolves with, or undefined when it takes longer. */
async function atMost<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  const stop = new AbortController()
  const late = sleep(ms, undefined, { signal: stop.signal, ref: false }).catch(() => undefined)
  try {
    return await Promise.race([work, late])
  } finally {
    stop.abort()
  }
}
