import semver from 'semver'
import { AgentError, errorCode, toError } from '../errors.ts'
import type { ConnectorAudit } from './audit.ts'
import { type InstallParts, type InstallStep, install } from './installer.ts'
import type { ConnectorLoader } from './loader.ts'
import { isWithinWindow } from './maintenance-window.ts'
import { chooseOffer, type Order } from './offer.ts'
import type { AvailableRelease, Registry } from './registry.ts'
import type { ConnectorMemory, ConnectorsState } from './state.ts'

/** An order, and on whose account it is made. */
export interface UpdateOrder extends Order {
  readonly by: 'run' | 'test-connection' | 'operator'
  /** Nothing that is installed can be used: then nobody waits for a better time. */
  readonly isUrgent?: boolean
}

/** What a check found, or did. */
export type CheckOutcome =
  /** The registry offers nothing that fits. */
  | { readonly tag: 'none' }
  /** What it offers is here already. */
  | { readonly tag: 'current'; readonly version: string }
  | { readonly tag: 'installed'; readonly version: string }
  /** There is a newer one, to be installed later. */
  | { readonly tag: 'waits'; readonly version: string; readonly reason: string }

/** Brings newer releases from the registry. */
export interface Updater {
  /**
   * Asks the registry and installs what fits the order. Throws CONNECTOR_UPDATE_OFF without asking when the policy
   * forbids it, what the choice of an offer throws, and what an install throws. What happened is remembered and told.
   */
  check(name: string, order: UpdateOrder): Promise<CheckOutcome>
  readonly isOff: boolean
}

/** What an updater works with. */
export interface UpdaterParts {
  readonly registry: Registry
  readonly state: ConnectorsState
  readonly audit: ConnectorAudit
  readonly loader: Pick<ConnectorLoader, 'installed' | 'verify'>
  readonly install: InstallParts
  readonly channel: string
  /** The policy disableAutoConnectorUpdate, as it holds when it is looked at: no request is made. */
  readonly isOff: boolean
  readonly maintenanceWindow?: string | undefined
  /** Why this agent leaves a release to another one for now; undefined when it does not. */
  readonly waitFor?: ((name: string, version: string) => Promise<string | undefined>) | undefined
  readonly logger: {
    info(fields: object, message: string): void
    warn(fields: object, message: string): void
  }
  readonly now?: () => Date
}

/** An updater over a registry and a releases directory. */
export function createUpdater(parts: UpdaterParts): Updater {
  const { registry } = parts
  return {
    get isOff() {
      return parts.isOff
    },
    async check(name, order) {
      if (parts.isOff && order.isForced !== true) {
        const problem = 'the policy disableAutoConnectorUpdate is on, so no registry is asked'
        throw new AgentError('CONNECTOR_UPDATE_OFF', `connector ${name}: ${problem}`)
      }
      let offer: AvailableRelease | undefined
      let isVerified = false
      const onStep = (step: InstallStep) => {
        if (step === 'verified') isVerified = true
      }
      try {
        const offers = await registry.available(name, parts.install.signal)
        await remember(parts, name, memory => knowing(memory, offers, parts.channel))
        offer = chooseOffer(offers, order, { memory: await parts.state.of(name), channel: parts.channel })
        const outcome =
          offer === undefined
            ? ({ tag: 'none' } as const)
            : await take(offer, order, { ...parts, install: { ...parts.install, onStep } })
        await remember(parts, name, ({ problem: _, ...memory }) => memory)
        return outcome
      } catch (thrown) {
        await noteFailure(thrown, { name, order, offer, isVerified, parts })
        throw thrown
      }
    },
  }
}

function knowing(
  { available: _, ...memory }: ConnectorMemory,
  offers: readonly AvailableRelease[],
  channel: string,
): ConnectorMemory {
  const offer = offers.find(({ channels }) => channels.includes(channel))
  return offer === undefined ? memory : { ...memory, available: offer.version }
}

async function take(offer: AvailableRelease, order: UpdateOrder, parts: UpdaterParts): Promise<CheckOutcome> {
  const { name, version } = offer
  const { registry, state, audit, logger } = parts
  if (await isInstalled(offer, parts)) {
    if (order.isForced === true) await state.change(name, memory => trusting(memory, offer, order))
    return { tag: 'current', version }
  }
  const reason = order.by === 'operator' || order.isUrgent === true ? undefined : await reasonToWait(offer, parts)
  if (reason !== undefined) return { tag: 'waits', version, reason }
  await install(offer, registry, parts.install)
  await state.change(name, memory => trusting(memory, offer, order))
  await audit.write({ action: 'installed', connector: name, version, by: order.by })
  logger.info({ connector: name, version, reason: order.by }, 'connector release installed')
  return { tag: 'installed', version }
}

/** One that is damaged or not trusted any more counts for nothing: the registry's may be whole. */
async function isInstalled({ name, version }: AvailableRelease, { loader }: UpdaterParts): Promise<boolean> {
  const same = (await loader.installed(name)).filter(release => release.version === version)
  const verdicts = await Promise.allSettled(same.map(release => loader.verify(release)))
  return verdicts.some(({ status }) => status === 'fulfilled')
}

async function reasonToWait(offer: AvailableRelease, parts: UpdaterParts): Promise<string | undefined> {
  const { maintenanceWindow, waitFor, now = () => new Date() } = parts
  if (!isWithinWindow(maintenanceWindow, now())) return `the maintenance window is ${maintenanceWindow} UTC`
  return waitFor?.(offer.name, offer.version)
}

/** The memory after a release has been found worthy of trust; one that was forced is the new measure. */
function trusting(memory: ConnectorMemory, { version }: AvailableRelease, { isForced }: Order): ConnectorMemory {
  const { highestTrusted = version } = memory
  if (isForced !== true)
    return { ...memory, highestTrusted: semver.gt(version, highestTrusted) ? version : highestTrusted }
  const quarantined = memory.quarantined.filter(each => each.version !== version)
  return { ...memory, highestTrusted: version, quarantined }
}

interface Failure {
  readonly name: string
  readonly order: UpdateOrder
  readonly offer: AvailableRelease | undefined
  /** It is what its author signed. */
  readonly isVerified: boolean
  readonly parts: UpdaterParts
}

/**
 * Tells a failure once, however often it is met. A release that is broken although it is what its author signed is not
 * fetched again and again; a package that somebody is still copying is.
 */
async function noteFailure(thrown: unknown, { name, order, offer, isVerified, parts }: Failure): Promise<void> {
  const { state, audit, logger, now = () => new Date() } = parts
  const code = errorCode(thrown) ?? 'INTERNAL'
  const { message } = toError(thrown)
  // The status tells of quarantined releases anyway.
  if (code === 'CONNECTOR_QUARANTINED' || parts.install.signal.aborted) return
  const at = now().toISOString()
  const before = await state.of(name).catch(() => undefined)
  const isBroken = code === 'CONNECTOR_INVALID' && isVerified && offer !== undefined
  await remember(parts, name, memory => ({
    ...memory,
    problem: { code, message, at },
    quarantined: isBroken ? quarantining(memory, { version: offer.version, reason: message, at }) : memory.quarantined,
  }))
  if (before?.problem?.message === message) return
  logger.warn({ connector: name, error: message }, 'no newer connector release; the installed one is used')
  // A registry that is away has refused nothing, nor has it been refused.
  if (offer === undefined && code !== 'CONNECTOR_DOWNGRADE') return
  const refused = { connector: name, ...(offer === undefined ? {} : { version: offer.version }), by: order.by }
  const action = isBroken ? 'quarantined' : 'refused'
  await audit.write({ action, ...refused, reason: `${code}: ${message}` }).catch(() => undefined)
}

/** The quarantined versions and one more, each once. */
export function quarantining(
  { quarantined }: ConnectorMemory,
  failure: ConnectorMemory['quarantined'][number],
): ConnectorMemory['quarantined'] {
  return [...quarantined.filter(({ version }) => version !== failure.version), failure]
}

/** What is remembered of checks may be lost: a directory that cannot be written must not stop runs. */
async function remember(
  { state, now = () => new Date() }: UpdaterParts,
  name: string,
  change: (memory: ConnectorMemory) => ConnectorMemory,
): Promise<void> {
  await state.change(name, memory => ({ ...change(memory), lastCheckedAt: now().toISOString() })).catch(() => undefined)
}
