import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { create } from 'tar'
import type { LoadedConfig } from '../config/load.ts'
import { secretsOf } from '../config/secrets-of.ts'
import { showConfig } from '../config/show.ts'
import { openLoader } from '../connectors.ts'
import { AgentError, toError } from '../errors.ts'
import { readLogs } from '../logs/log-reader.ts'
import { createOperationLogs } from '../logs/operation-log.ts'
import { createRedactor, type Redactor } from '../logs/redact.ts'
import { openLogStore } from '../logs/store.ts'
import { examine } from './doctor.ts'

/** What a bundle is made with. */
export interface BundleOptions {
  /** The file to write; it must not be there yet. */
  readonly file: string
  readonly version: string
  /** How many of the last lines of all logs. */
  readonly lines: number
  /** The state of the agent; rejects when none answers. */
  readonly status: () => Promise<unknown>
  readonly signal: AbortSignal
}

const mostRuns = 200

/**
 * Packs what support needs to see into one file for its owner only, of a stopped agent too; the names of what is in it.
 * Everything is redacted once more on its way. Throws REQUEST_INVALID when the file cannot be written.
 */
export async function writeBundle(loaded: LoadedConfig, options: BundleOptions): Promise<readonly string[]> {
  const file = resolve(options.file)
  if (existsSync(file)) throw new AgentError('REQUEST_INVALID', `${file} is there already`)
  if (!existsSync(dirname(file))) throw new AgentError('REQUEST_INVALID', `there is no folder ${dirname(file)}`)
  const redactor = redactorFor(loaded)
  const directory = await mkdtemp(join(tmpdir(), 'support-bundle-'))
  try {
    const parts = Object.entries(await gather(loaded, options, redactor))
    for (const [name, text] of parts) await writeFile(join(directory, name), text, { mode: 0o600 })
    const names = parts.map(([name]) => name)
    await create({ gzip: true, portable: true, file, cwd: directory, mode: 0o600 }, names)
    return names
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function gather(
  loaded: LoadedConfig,
  { version, lines, status, signal }: BundleOptions,
  redactor: Redactor,
): Promise<{ readonly [name: string]: string }> {
  const { config } = loaded
  const json = (value: unknown) => `${redactor.redactJson(JSON.stringify(value, null, 2))}\n`
  const connectors = await openLoader(config).installed()
  return {
    'versions.json': json({
      ...{ agent: version, node: process.version, platform: `${process.platform} ${process.arch}` },
      connectors: connectors.map(({ name, version, hash }) => ({ name, version, hash })),
    }),
    'config.json': json(showConfig(loaded)),
    'doctor.json': json(await examine(loaded)),
    'status.json': json(await status().catch((thrown: unknown) => ({ problem: toError(thrown).message }))),
    'runs.json': json(lastRuns(join(config.dataDir, 'agent.db'), redactor)),
    'logs.ndjson': await lastLines(config.logs.directory, lines, { redactor, signal }),
  }
}

function lastRuns(file: string, redactor: Redactor): unknown {
  if (!existsSync(file)) return []
  const store = openLogStore(file)
  try {
    return createOperationLogs(store, redactor).list({ limit: mostRuns })
  } finally {
    store.close()
  }
}

async function lastLines(
  directory: string,
  lines: number,
  { redactor, signal }: { readonly redactor: Redactor; readonly signal: AbortSignal },
): Promise<string> {
  const texts: string[] = []
  if (!existsSync(directory)) return ''
  for await (const { text } of readLogs(directory, { lines, follow: false }, signal)) {
    texts.push(`${redactor.redactJson(text)}\n`)
  }
  return texts.join('')
}

/** Knows the secrets in files too: a line may be older than the redaction of today. */
function redactorFor({ config }: LoadedConfig): Redactor {
  const files = [config.api.tokenFile, config.secrets.keyFile].filter(path => existsSync(path))
  const inFiles = files.map(path => readFileSync(path, 'utf8').trim())
  return createRedactor([...secretsOf(config), ...inFiles], undefined, config.logs.maskFields)
}
