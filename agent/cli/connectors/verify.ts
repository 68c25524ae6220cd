import type { Command } from 'commander'
import type { InstalledRelease } from '../../api/control.ts'
import { print, withClient, withTarget } from '../agent-command.ts'
import type { TargetOptions } from '../api-client.ts'
import { type CliIo, exitCodes } from '../io.ts'
import { releasesText } from './list.ts'
import { pathOf } from './show.ts'

/** `agent connectors verify`. */
export function addVerifyCommand(group: Command, io: CliIo): void {
  withTarget(group.command('verify').description('check signature and every file of installed releases'))
    .argument('[name]', 'only this connector')
    .action((name: string | undefined, options: TargetOptions) =>
      withClient(io, options, async client => {
        const { releases } =
          name === undefined
            ? { releases: (await client.get<{ connectors: InstalledRelease[] }>('/v1/connectors')).connectors }
            : await client.get<{ releases: InstalledRelease[] }>(pathOf(name))
        const bad = releases.filter(({ verified }) => !verified).length
        if (bad > 0) io.setExitCode(exitCodes.failed.code)
        print(
          io,
          options,
          { releases },
          () => `${releasesText(releases)}\n${releases.length} checked, ${bad} refused\n`,
        )
      }),
    )
}
