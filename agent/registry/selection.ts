import semver from 'semver'
import { AgentError } from '../errors.ts'
import type { Release } from './installed.ts'

/** What is known of a connector beside its installed releases. */
export interface SelectionRules {
  /** Version or range that the operator has pinned the connector to. */
  readonly pin?: string | undefined
  /** Versions that failed here. */
  readonly quarantined?: readonly Refusal[]
  /** The highest version that was ever trusted. */
  readonly highestTrusted?: string | undefined
  /** Take prereleases although no range asks for them. */
  readonly allowPrerelease?: boolean
}

/** A version that is not used, and why, as the end of a sentence. */
export interface Refusal {
  readonly version: string
  readonly reason: string
}

/** What may be loaded. */
export interface Selection {
  /** The best first; the others are for when it cannot be loaded. Never empty. */
  readonly releases: readonly Release[]
  /** Versions above the best that would be used but for the reason. */
  readonly passedOver: readonly Refusal[]
}

/**
 * Chooses among installed releases, of which those in front win where two have the same version. The range of a
 * connection comes before the pin of the connector; without either, prereleases do not count. Throws CONNECTOR_NOT_FOUND,
 * CONNECTOR_QUARANTINED, CONNECTOR_DOWNGRADE.
 */
export function chooseReleases({
  installed,
  name,
  range,
  rules = {},
}: {
  readonly installed: readonly Release[]
  readonly name: string
  readonly range?: string | undefined
  readonly rules?: SelectionRules
}): Selection {
  const named = installed.filter(release => release.name === name)
  const wanted = range ?? rules.pin
  const fitting = named.filter(({ version }) => fits(version, wanted, rules))
  if (fitting.length === 0) throw notInstalled(name, wanted, named.length === 0 ? installed : named)
  const refused = fitting.flatMap(({ version }) => refusalOf(version, rules) ?? [])
  const releases = fitting
    .filter(({ version }) => refusalOf(version, rules) === undefined)
    .sort((a, b) => semver.rcompare(a.version, b.version))
  const [best] = releases
  if (best === undefined) throw allRefused(name, refused)
  if (wanted === undefined) checkNoDowngrade(best, named, rules)
  return { releases, passedOver: refused.filter(({ version }) => semver.gt(version, best.version)) }
}

/** The installed releases of a connector; when there is none, all there are, for an error to name them. */
export async function releasesToChooseFrom(
  { installed }: { installed(name?: string): Promise<readonly Release[]> },
  name: string,
): Promise<readonly Release[]> {
  const own = await installed(name)
  return own.length > 0 ? own : installed()
}

/** Whether a version is one of those that are asked for. */
function fits(version: string, range: string | undefined, rules: SelectionRules): boolean {
  if (range !== undefined) return semver.satisfies(version, range)
  return rules.allowPrerelease === true || semver.prerelease(version) === null
}

function refusalOf(version: string, { quarantined = [] }: SelectionRules): Refusal | undefined {
  const failed = quarantined.find(each => each.version === version)
  return failed === undefined ? undefined : { version, reason: `is quarantined: ${failed.reason}` }
}

/** An older release may stand in for a newer one that is here, or failed here; it must not take its place unnoticed. */
function checkNoDowngrade(best: Release, named: readonly Release[], rules: SelectionRules): void {
  const { highestTrusted, quarantined = [] } = rules
  if (highestTrusted === undefined || semver.gte(best.version, highestTrusted)) return
  const isKnown = named.some(({ version }) => semver.gte(version, highestTrusted))
  if (isKnown || quarantined.some(({ version }) => version === highestTrusted)) return
  const problem = `is older than ${highestTrusted}, which was trusted before and is not installed any more`
  throw new AgentError('CONNECTOR_DOWNGRADE', `connector ${best.name} ${best.version} ${problem}`)
}

function notInstalled(name: string, wanted: string | undefined, there: readonly Release[]): AgentError {
  const isNamed = there.some(release => release.name === name)
  const list = isNamed ? there.map(({ version }) => version) : [...new Set(there.map(release => release.name))]
  const what = wanted === undefined || !isNamed ? name : `${name} ${wanted}`
  return new AgentError(
    'CONNECTOR_NOT_FOUND',
    `connector ${what} is not installed (installed: ${list.join(', ') || 'none'})`,
  )
}

function allRefused(name: string, refused: readonly Refusal[]): AgentError {
  const reasons = refused.map(({ version, reason }) => `${version} ${reason}`).join('; ')
  return new AgentError('CONNECTOR_QUARANTINED', `connector ${name} has no usable release: ${reasons}`)
}
