import type { Command } from 'commander'
import type { InstalledRelease } from '../../api/control.ts'
import { print, withClient, withTarget } from '../agent-command.ts'
import type { TargetOptions } from '../api-client.ts'
import { formatTable } from '../format.ts'
import type { CliIo } from '../io.ts'

/** `agent connectors list`, which is what `agent connectors` does. */
export function addListCommand(group: Command, io: CliIo): void {
  const list = group.command('list', { isDefault: true }).description('list the installed releases of connectors')
  withTarget(list).action((options: TargetOptions) =>
    withClient(io, options, async client => {
      const answer = await client.get<{ connectors: InstalledRelease[] }>('/v1/connectors')
      print(io, options, answer, () => releasesText(answer.connectors))
    }),
  )
}

/** Releases as a table. */
export function releasesText(releases: readonly InstalledRelease[]): string {
  const rows = releases.map(release => [release.name, release.version, release.hash, stateOf(release)])
  return formatTable(['connector', 'version', 'hash', 'state'], rows)
}

function stateOf({ verified, problem, signedBy, active, quarantined }: InstalledRelease): string {
  if (!verified) return `REFUSED: ${problem}`
  const signed = signedBy === undefined ? 'UNSIGNED' : `verified, signed with ${signedBy}`
  if (quarantined !== undefined) return `QUARANTINED: ${quarantined}; ${signed}`
  return active ? `in use; ${signed}` : signed
}
