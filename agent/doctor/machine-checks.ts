import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { LoadedConfig } from '../config/load.ts'
import { configKeys } from '../config/schema.ts'
import { toError } from '../errors.ts'
import { levelsFileProblem } from '../logs/levels-file.ts'
import { type Finding, ok, problem, warning } from './findings.ts'

/** Looks at the machine an agent runs on, or will. Changes nothing. */
export function checkMachine(loaded: LoadedConfig): readonly Finding[] {
  const { config } = loaded
  return [...new Set([config.dataDir, config.logs.directory])]
    .map(checkDisk)
    .concat([
      ...[config.secrets.keyFile, config.api.tokenFile].map(checkSecretFile),
      ...checkConfigFile(loaded),
      ...[config.projectDir, config.connectors.directory].flatMap(path =>
        path === undefined ? [] : checkWriters(path),
      ),
      checkOpenFiles(openFilesLimit(), 128 + config.runners * (64 + 16 * config.runsPerRunner)),
      checkLevelsFile(config.logs.levelsFile),
    ])
}

/** Whether a folder, or the one it will be made in, takes what the agent writes. */
export function checkDisk(directory: string): Finding {
  const check = `disk ${directory}`
  let there = directory
  while (!existsSync(there)) there = dirname(there)
  try {
    accessSync(there, constants.W_OK | constants.X_OK)
    const { bavail, bsize } = statfsSync(there)
    return judgeSpace(check, (bavail * bsize) / 1_000_000)
  } catch (thrown) {
    return problem(
      check,
      `cannot be written: ${toError(thrown).message}`,
      `give the user of the agent the right to write ${there}`,
    )
  }
}

/** What so much free space means. */
export function judgeSpace(check: string, freeMegabytes: number): Finding {
  const message = `has ${Math.round(freeMegabytes).toLocaleString('en-US')} MB free`
  const cure = 'make room, or lower logs.maxTotalMegabytes and operationLogs.retentionDays'
  if (freeMegabytes < 200) return problem(check, message, cure)
  return freeMegabytes < 2_000 ? warning(check, message, cure) : ok(check, message)
}

/** Whether a file with a secret is for its owner only. One that is not there is written by the first start. */
export function checkSecretFile(path: string): Finding {
  const check = `file ${path}`
  if (!existsSync(path)) return ok(check, 'is not there yet; the first start writes it')
  const mode = statSync(path).mode & 0o777
  if ((mode & 0o077) === 0) return ok(check, 'is for its owner only')
  return problem(check, `has mode ${mode.toString(8)}: others may read the secret in it`, `chmod 600 ${path}`)
}

/** A configuration file that holds a secret should be read by its owner and group only. */
function checkConfigFile({ origins }: LoadedConfig): readonly Finding[] {
  const places = configKeys.filter(({ isSecret }) => isSecret).map(({ key }) => origins.get(key) ?? '')
  const files = new Set(places.flatMap(place => /^(\/.*):\d+$/.exec(place)?.[1] ?? []))
  return [...files].map(file => {
    const mode = statSync(file).mode & 0o777
    if ((mode & 0o004) === 0) return ok(`file ${file}`, 'is not for everybody')
    return warning(`file ${file}`, 'holds a secret, and everybody may read it', `chmod o-r ${file}`)
  })
}

/** Whoever may write there decides what the agent does. */
function checkWriters(directory: string): readonly Finding[] {
  const check = `folder ${directory}`
  if (!existsSync(directory)) return [warning(check, 'is not there', 'make it, or correct the configuration')]
  const isOpen = (statSync(directory).mode & 0o002) !== 0
  if (isOpen) return [problem(check, 'everybody may write into it', `chmod o-w ${directory}`)]
  return [ok(check, 'is not open to everybody')]
}

/** Whether so many open files are enough; undefined: without a limit, or unknown to this system. */
export function checkOpenFiles(limit: number | undefined, needed: number): Finding {
  if (limit === undefined) return ok('open files', 'have no limit that is known')
  if (limit >= needed) return ok('open files', `may be ${limit}, ${needed} are enough`)
  const cure = `raise it: ulimit -n ${needed}, or LimitNOFILE=${needed} in the unit of systemd`
  return warning('open files', `may be ${limit} only, ${needed} may be needed`, cure)
}

function openFilesLimit(): number | undefined {
  const file = join('/proc', 'self', 'limits')
  const [, soft] = existsSync(file) ? (/^Max open files\s+(\d+)/m.exec(readFileSync(file, 'utf8')) ?? []) : []
  return soft === undefined ? undefined : Number(soft)
}

function checkLevelsFile(path: string): Finding {
  const trouble = levelsFileProblem(path)
  if (trouble === undefined) return ok('levels file', 'has no mistake')
  return warning('levels file', trouble, 'correct it; until then the last good levels hold')
}
