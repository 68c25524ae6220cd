import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import semver from 'semver'
import { type Release, releasesIn } from './installed.ts'
import { inQuarantine } from './quarantine.ts'

/**
 * Removes installed releases of a connector beyond the newest so many, and resolves with them. Those that are needed stay
 * however old they are. Each leaves by one rename, so that nobody meets half of one.
 */
export async function removeOldReleases(
  directory: string,
  name: string,
  { keep, isNeeded }: { readonly keep: number; readonly isNeeded: (release: Release) => boolean },
): Promise<readonly Release[]> {
  const own = await releasesIn(directory, name)
  const old = [...own].sort((a, b) => semver.rcompare(a.version, b.version)).slice(keep)
  const removed = old.filter(release => !isNeeded(release))
  for (const release of removed) {
    await inQuarantine(directory, folder => rename(release.directory, join(folder, 'removed')))
  }
  return removed
}
