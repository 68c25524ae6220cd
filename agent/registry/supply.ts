import { dirname, resolve } from 'node:path'
import semver from 'semver'
import { atMost } from '../at-most.ts'
import { AgentError, errorCode, toError } from '../errors.ts'
import { type CheckParts, candidatesOf, createChecks } from './checks.ts'
import type { Release } from './installed.ts'
import { chooseReleases, type Refusal, releasesToChooseFrom, type Selection } from './selection.ts'
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
  /**
   * Quarantines a version and goes back to an older one, with which it resolves. Undefined when there is none, or when
   * somebody else was faster; then nothing has changed.
   */
  goBack(name: string, version: string, reason: string): Promise<Release | undefined>
  /** What runs without a range use now. Throws what the choice throws. */
  activate(name: string, by: string): Promise<Release>
}

/** What a supply works with. */
export interface SupplyParts extends CheckParts {
  readonly agent: string
  /** Why this agent leaves a version to another one for now. */
  readonly waitFor?: ((name: string, version: string) => Promise<string | undefined>) | undefined
  /** A version failed, and an older one has taken its place. */
  readonly onRolledBack?: (name: string, version: string, reason: string) => void
  readonly logger: {
    info(fields: object, message: string): void
    warn(fields: object, message: string): void
  }
  /** How long a run waits for a registry, for each of its two connectors; by default less than a second for both. */
  readonly patienceMs?: number | undefined
}

const usualPatienceMs = 400
const testPatienceMs = 20_000
const needPatienceMs = 60_000

/** A supply of releases for the runners of an agent. */
export function createSupply(parts: SupplyParts): ReleaseSupply {
  const { updater, patienceMs = usualPatienceMs } = parts
  const checks = createChecks(parts)
  const select = createSelect(parts)
  /** Told already. */
  const hopeless = new Set<string>()

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

  async function goBack(name: string, version: string, reason: string): Promise<Release | undefined> {
    const failure = { version, reason, at: new Date().toISOString() }
    if (!(await hasOther(name, failure))) {
      const fields = { connector: name, version, reason }
      if (!hopeless.has(`${name} ${version}`))
        parts.logger.warn(fields, 'connector release fails, and there is none to go back to')
      hopeless.add(`${name} ${version}`)
      return undefined
    }
    if (!(await quarantine(parts, name, failure))) return undefined
    const [release] = await select(name, undefined, 'watch')
    if (release === undefined) return undefined
    const change = { connector: name, version: release.version, from: version, by: 'watch', reason }
    await parts.audit.write({ action: 'rolled-back', ...change })
    parts.logger.warn(
      { connector: name, version: release.version, previous: version, reason },
      'connector release rolled back',
    )
    parts.onRolledBack?.(name, version, reason)
    return release
  }

  async function hasOther(name: string, failure: ConnectorMemory['quarantined'][number]): Promise<boolean> {
    const memory = await parts.state.of(name)
    const rules = parts.rulesOf({ ...memory, quarantined: quarantining(memory, failure) })
    const installed = await parts.loader.installed()
    for (const release of candidatesOf({ installed, name, rules })) {
      if (await select.isGood(release)) return true
    }
    return false
  }

  return {
    forRun,
    async beforeTest(name, range) {
      if (!updater.isOff) await atMost(checks.run(name, { range, by: 'test-connection' }), testPatienceMs)
    },
    async refused(release, code, message) {
      if (code !== 'CONNECTOR_INVALID') return
      // One that was damaged since is passed over, and fetched again with the next check.
      if (!(await select.isStillGood(release.name, release.version))) {
        await select(release.name, undefined, 'watch').catch(() => undefined)
        return
      }
      // The last one is tried again and again: the cause may be mended.
      await goBack(release.name, release.version, message).catch(() => undefined)
    },
    goBack,
    async activate(name, by) {
      const [release] = await select(name, undefined, by)
      if (release === undefined) throw new AgentError('CONNECTOR_NOT_FOUND', `connector ${name} is not installed`)
      return release
    },
  }
}

/** The selection less a version, unless nothing else is left. */
function without(refusal: Refusal, selection: Selection): Selection {
  const releases = selection.releases.filter(({ version }) => version !== refusal.version)
  return releases.length === 0 ? selection : { releases, passedOver: [refusal, ...selection.passedOver] }
}

/** Chooses among what is installed; what cannot be verified goes behind. A change of what is used is told. */
function createSelect(parts: SupplyParts) {
  const { loader, state, logger } = parts
  const verified = new Set<string>()
  const told = new Set<string>()
  /** What is in use, as told: where nothing can be written it is told once all the same. */
  const noted = new Map<string, string>()

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

  /** Of agents that share a folder, one finds there what another has installed to try it first. */
  async function whatIsHeldBack({ releases: [best] }: Selection, { active }: ConnectorMemory) {
    const current = active[parts.agent]?.version
    if (best === undefined || current === undefined || !semver.gt(best.version, current)) return undefined
    const reason = await parts.waitFor?.(best.name, best.version)
    return reason === undefined ? undefined : { version: best.version, reason }
  }

  async function select(name: string, range: string | undefined, by: string): Promise<readonly Release[]> {
    const memory = await state.of(name)
    const installed = await releasesToChooseFrom(loader, name)
    const rules = parts.rulesOf(memory)
    const free = chooseReleases({ installed, name, range, rules })
    const heldBack = range === undefined && by !== 'operator' ? await whatIsHeldBack(free, memory) : undefined
    const { releases, passedOver } = heldBack === undefined ? free : without(heldBack, free)
    for (const { version, reason } of passedOver) tell(name, version, reason)
    for (const [index, release] of releases.entries()) {
      if (!(await isGood(release))) continue
      if (range === undefined && noted.get(name) !== release.version) {
        noted.set(name, release.version)
        await noteActive(release, { memory, by, parts })
      }
      return releases.slice(index)
    }
    // None is good: the runner says what is wrong with the best.
    return releases
  }
  async function isStillGood(name: string, version: string): Promise<boolean> {
    const same = (await loader.installed(name)).filter(release => release.version === version)
    for (const { directory } of same) verified.delete(directory)
    return (await Promise.all(same.map(isGood))).some(isGoodNow => isGoodNow)
  }

  return Object.assign(select, { isGood, isStillGood })
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
}

async function quarantine(
  { state, audit, logger }: SupplyParts,
  name: string,
  failure: ConnectorMemory['quarantined'][number],
): Promise<boolean> {
  const { version, reason } = failure
  let isNew = false
  await state.change(name, memory => {
    isNew = !memory.quarantined.some(each => each.version === version)
    if (!isNew) return memory
    return { ...memory, quarantined: quarantining(memory, failure) }
  })
  if (!isNew) return false
  await audit.write({ action: 'quarantined', connector: name, version, by: 'watch', reason })
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
