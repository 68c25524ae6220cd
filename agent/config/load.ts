import { existsSync, readFileSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml'
import { AgentError, toError } from '../errors.ts'
import { trustedKeyProblems } from '../registry/signature.ts'
import { compileSchema, nearest, type SchemaProblem } from '../schema.ts'
import { yamlProblem } from '../yaml-problem.ts'
import { type Config, type ConfigKey, configKeys, configSchema } from './schema.ts'

/** Where the configuration comes from; the earlier wins: flags, environment, `policy.yaml`, the file, defaults. */
export interface ConfigSources {
  readonly env: Readonly<Record<string, string | undefined>>
  /** `key=value` texts of the flag `--set`. */
  readonly set: readonly string[]
  /** Default: AGENT_HOME, else the working directory. */
  readonly home?: string | undefined
  /** Default: AGENT_CONFIG, else `<home>/config/agent.yaml`, which may be missing. */
  readonly configFile?: string | undefined
}

/** A configuration that fits its schema. */
export interface LoadedConfig {
  /** All paths in it are absolute. */
  readonly config: Config
  readonly home: string
  /** Where the value of each key came from. */
  readonly origins: ReadonlyMap<string, string>
}

/** A value somebody gave, not checked yet. */
interface Given {
  readonly value: unknown
  readonly origin: string
}

/** Loads and checks the configuration. Throws one CONFIG_INVALID that names every problem and where it stands. */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const { env } = sources
  const home = resolve(sources.home ?? env['AGENT_HOME'] ?? '.')
  const problems: string[] = []
  const given = new Map<string, Given>([
    ...fromFiles(home, sources, problems),
    ...fromEnvironment(env, problems),
    ...fromFlags(sources.set, problems),
  ])
  const origins = new Map<string, string>()
  const raw: Tree = Object.fromEntries(groups.map(name => [name, {}]))
  for (const { key, path, schema } of configKeys) {
    const { value, origin } = given.get(key) ?? { value: schema['default'], origin: 'default' }
    origins.set(key, origin)
    if (value !== undefined) put(raw, path, value)
  }
  const checked = compileSchema(configSchema)(raw)
  if (!checked.ok) problems.push(...checked.problems.map(problem => describe(problem, origins)))
  else problems.push(...keyProblems(checked.value, origins))
  if (problems.length > 0 || !checked.ok) {
    throw new AgentError('CONFIG_INVALID', `the configuration is not valid: ${problems.join('; ')}`)
  }
  return { config: withAbsolutePaths(checked.value, home), home, origins }
}

function keyProblems({ connectors }: Config, origins: ReadonlyMap<string, string>): readonly string[] {
  const key = 'connectors.trustedKeys'
  return trustedKeyProblems(connectors.trustedKeys).map(problem => `${origins.get(key)}: ${key}${problem}`)
}

type Tree = { [name: string]: unknown }

const groups = [...new Set(configKeys.filter(({ path }) => path.length > 1).map(({ path }) => String(path[0])))]

/** The file with all keys, and beside it the one of the policy, which an organization may give to all its agents. */
function fromFiles(home: string, { configFile, env }: ConfigSources, problems: string[]): ReadonlyMap<string, Given> {
  const named = configFile ?? env['AGENT_CONFIG']
  const file = named === undefined ? join(home, 'config', 'agent.yaml') : resolve(named)
  const policy = join(dirname(file), 'policy.yaml')
  return new Map([
    ...(named === undefined && !existsSync(file) ? [] : fromFile(file, [], problems)),
    ...(existsSync(policy) ? fromFile(policy, ['policy'], problems) : []),
  ])
}

/** `group`: the keys of the file belong into it. */
function fromFile(file: string, group: readonly string[], problems: string[]): ReadonlyMap<string, Given> {
  const counter = new LineCounter()
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (thrown) {
    problems.push(`the configuration file cannot be read: ${toError(thrown).message}`)
    return new Map()
  }
  const document = parseDocument(text, { lineCounter: counter })
  const lineAt = (offset: number | undefined) => `${file}:${counter.linePos(offset ?? 0).line}`
  for (const error of document.errors) problems.push(`${lineAt(error.pos[0])}: ${yamlProblem(error)}`)
  const given = new Map<string, Given>()
  if (document.errors.length === 0) collect(document.contents, group, { given, problems, lineAt })
  return given
}

interface Collection {
  readonly given: Map<string, Given>
  readonly problems: string[]
  readonly lineAt: (offset: number | undefined) => string
}

function collect(node: Node | null, path: readonly string[], collection: Collection): void {
  const { given, problems, lineAt } = collection
  if (node === null) return
  const key = path.join('.')
  const isGroup = path.length === 0 || groups.includes(key)
  if (!isGroup) {
    given.set(key, { value: node.toJSON(), origin: lineAt(node.range?.[0]) })
    return
  }
  if (isScalar(node) && node.value === null) return
  if (!isMap<Node, Node | null>(node)) {
    problems.push(`${lineAt(node.range?.[0])}: ${key === '' ? 'the file' : key} must be a mapping of keys to values`)
    return
  }
  for (const { key: name, value } of node.items) {
    const inner = [...path, String(name)]
    if (isKnown(inner.join('.'))) collect(value, inner, collection)
    else problems.push(`${lineAt(name.range?.[0])}: ${unknownKey(inner.join('.'))}`)
  }
}

function isKnown(key: string): boolean {
  return groups.includes(key) || configKeys.some(known => known.key === key)
}

function unknownKey(key: string): string {
  return `${key} is not a known key${nearest(key, [...groups, ...configKeys.map(known => known.key)])}`
}

/** Variables of the command line, which are no keys; the last are what Kubernetes sets for a service named agent. */
const otherVariables = /^AGENT_(HOME|CONFIG|URL|SIGNING_KEY|PORT|PORT_.*|SERVICE_.*)$/

function fromEnvironment(env: ConfigSources['env'], problems: string[]): ReadonlyMap<string, Given> {
  const given = new Map<string, Given>()
  const names = configKeys.flatMap(({ environment, fileEnvironment }) => [
    environment,
    ...(fileEnvironment === undefined ? [] : [fileEnvironment]),
  ])
  for (const name of Object.keys(env)) {
    if (!name.startsWith('AGENT_') || names.includes(name) || otherVariables.test(name)) continue
    problems.push(`environment: ${name} is not a known variable${nearest(name, names)}`)
  }
  for (const known of configKeys) {
    const text = env[known.environment] ?? fromSecretFile(known, env, problems)
    if (text !== undefined)
      given.set(known.key, { value: parseText(known, text), origin: `environment ${known.environment}` })
  }
  return given
}

function fromSecretFile(
  { fileEnvironment }: ConfigKey,
  env: ConfigSources['env'],
  problems: string[],
): string | undefined {
  const file = fileEnvironment === undefined ? undefined : env[fileEnvironment]
  if (file === undefined) return undefined
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (thrown) {
    problems.push(`environment: ${fileEnvironment} cannot be read: ${toError(thrown).message}`)
    return undefined
  }
}

function fromFlags(set: readonly string[], problems: string[]): ReadonlyMap<string, Given> {
  const given = new Map<string, Given>()
  for (const assignment of set) {
    const [, key = '', text] = /^([^=]+)=(.*)$/s.exec(assignment) ?? []
    const known = configKeys.find(each => each.key === key)
    // Without its `=` the text may well hold a secret.
    if (text === undefined) problems.push('flag --set: must be key=value')
    else if (known === undefined) problems.push(`flag --set: ${unknownKey(key)}`)
    else given.set(key, { value: parseText(known, text), origin: `flag --set ${key}` })
  }
  return given
}

/** Flags and variables are texts; what does not read as the key's type stays a text, and the schema refuses it. */
function parseText({ schema }: ConfigKey, text: string): unknown {
  if (schema['type'] === 'integer' && /^-?\d+$/.test(text)) return Number(text)
  if (schema['type'] === 'boolean' && /^(true|false)$/.test(text)) return text === 'true'
  return schema['type'] === 'array' ? parseJson(text) : text
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function describe({ path, message }: SchemaProblem, origins: ReadonlyMap<string, string>): string {
  // Inside a list the place of the list is the nearest that is known.
  const named = [...origins].find(([key]) => path.join('.').startsWith(`${key}.`))
  const key = path.join('.')
  return `${origins.get(key) ?? named?.[1] ?? 'configuration'}: ${key} ${message}`
}

function put(tree: Tree, path: readonly string[], value: unknown): void {
  const [name = '', ...rest] = path
  if (rest.length === 0) tree[name] = value
  else put(tree[name] as Tree, rest, value) // every group was made beforehand
}

function withAbsolutePaths(config: Config, home: string): Config {
  const copy = structuredClone(config)
  const dataDir = resolve(home, config.dataDir)
  for (const { path, schema } of configKeys) {
    const base = schema['x-path'] === 'dataDir' ? dataDir : schema['x-path'] === 'home' ? home : undefined
    const value = path.reduce<unknown>((tree, name) => (tree as Tree)[name], copy) // a key of the schema
    if (base === undefined || typeof value !== 'string') continue
    // A registry may be an address too.
    if (!/^https?:/.test(value)) put(copy as Tree, path, isAbsolute(value) ? value : join(base, value))
  }
  return copy
}
