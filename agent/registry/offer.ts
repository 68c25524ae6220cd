import semver from 'semver'
import { AgentError } from '../errors.ts'
import type { AvailableRelease } from './registry.ts'
import type { ConnectorMemory } from './state.ts'

/** What is wanted of a registry. */
export interface Order {
  /** Range of a connection. */
  readonly range?: string | undefined
  /** Exactly this one, as the operator said. */
  readonly version?: string | undefined
  /** The operator knows that it is older than what was trusted, or that it failed. */
  readonly isForced?: boolean
}

/**
 * Chooses among the releases that a registry offers: the wanted version, else the newest of the range of the connection or
 * the pin, else the one that the channel points at. Undefined when nothing fits. Throws CONNECTOR_NOT_FOUND for a
 * version that is not offered, CONNECTOR_QUARANTINED and CONNECTOR_DOWNGRADE for one that is not to be taken.
 */
export function chooseOffer(
  offers: readonly AvailableRelease[],
  order: Order,
  { memory, channel }: { readonly memory: ConnectorMemory; readonly channel: string },
): AvailableRelease | undefined {
  const failed = (version: string) => memory.quarantined.find(each => each.version === version)
  const range = order.range ?? memory.pin
  if (order.version === undefined && range !== undefined) {
    const fitting = offers.filter(({ version }) => semver.satisfies(version, range) && failed(version) === undefined)
    return fitting.sort((a, b) => semver.rcompare(a.version, b.version))[0]
  }
  const offer =
    order.version === undefined
      ? offers.find(({ channels }) => channels.includes(channel))
      : offers.find(({ version }) => version === order.version)
  if (offer === undefined) return notOffered(offers, order)
  if (order.isForced === true) return offer
  const failure = failed(offer.version)
  const subject = `connector ${offer.name} ${offer.version}`
  if (failure !== undefined) {
    throw new AgentError('CONNECTOR_QUARANTINED', `${subject} is quarantined: ${failure.reason}`)
  }
  const { highestTrusted } = memory
  if (highestTrusted === undefined || semver.gte(offer.version, highestTrusted)) return offer
  // Its author may well go back too; what is installed and newer is used all the same.
  if (failed(highestTrusted) !== undefined) return offer
  throw new AgentError('CONNECTOR_DOWNGRADE', `${subject} is older than ${highestTrusted}, which was trusted before`)
}

function notOffered(offers: readonly AvailableRelease[], { version }: Order): undefined {
  if (version === undefined) return undefined
  const there = offers.map(offer => offer.version).join(', ') || 'none'
  throw new AgentError('CONNECTOR_NOT_FOUND', `the registry has no version ${version} of it (it has: ${there})`)
}
