import { errorCode, toError } from '../errors.ts'
import { type ConnectionDefinition, maxDebugMs, type OperationDefinition } from '../run/operation.ts'
import { compileTransformation } from '../run/transformation.ts'
import { compileJsonSchema, nearest } from '../schema.ts'
import { type Located, openProject, type Project, type Variables } from './project.ts'
import { asSecretReference } from './secrets.ts'
import { neededVariables } from './variables.ts'

/** Something in the project that will fail, or may. */
export interface Problem {
  readonly severity: 'error' | 'warning'
  readonly code: string
  /** `file:line: what is wrong`. */
  readonly message: string
}

/** What a connector asks for, as far as it can be known without a connection. */
export interface ConnectorSchemas {
  readonly settings: object
  readonly activities: { readonly [name: string]: { readonly role: 'source' | 'target'; readonly options: object } }
}

/** Finds the schemas of a connector. Throws what keeps it from that, like CONNECTOR_NOT_FOUND. */
export type ConnectorLookup = (connector: string, version: string | undefined) => Promise<ConnectorSchemas>

/** Checks every file of a project without reaching any vendor. Never rejects for what it finds. */
export async function validateProject(directory: string, lookUp: ConnectorLookup): Promise<readonly Problem[]> {
  const project = openProject(directory)
  const problems: Problem[] = []
  const report: Report = (code, message, severity = 'error') => problems.push({ severity, code, message })
  const variables = (await attempt(report, () => project.variables())) ?? {}
  const connections = await project.connections()
  for (const name of connections) {
    const found = await attempt(report, () => project.connection(name))
    if (found !== undefined) await checkConnection(found.value, { ...locations(found), report, variables, lookUp })
  }
  const operations = await project.operations()
  for (const name of operations) {
    const found = await attempt(report, () => project.operation(name))
    if (found !== undefined) await checkOperation(found, { project, connections, report, variables, lookUp })
  }
  for (const [kind, names] of [
    ['connections', connections],
    ['operations', operations],
  ] as const) {
    for (const name of sameButForCase(names)) {
      report(
        'PROJECT_INVALID',
        `${kind}/${name}.yaml: another name differs only by case; not all systems tell them apart`,
        'warning',
      )
    }
  }
  return problems
}

type Report = (code: string, message: string, severity?: Problem['severity']) => void
type Locate = (path: readonly (string | number)[]) => string
interface Checking {
  readonly report: Report
  readonly variables: Variables
  readonly lookUp: ConnectorLookup
}

async function attempt<T>(report: Report, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (thrown) {
    const { message } = toError(thrown)
    for (const line of message.split('; ')) report(errorCode(thrown) ?? 'PROJECT_INVALID', line)
    return undefined
  }
}

function locations({ file }: Located<unknown>): { readonly locate: Locate } {
  return { locate: file.locate }
}

async function checkConnection(
  { connector, version, settings = {} }: ConnectionDefinition,
  { locate, report, variables, lookUp }: Checking & { readonly locate: Locate },
): Promise<void> {
  checkVariables(settings, { locate: path => locate(['settings', ...path]), report, variables })
  const schemas = await attempt(
    (code, message) => report(code, `${locate(['connector'])}: ${message}`),
    () => lookUp(connector, version),
  )
  for (const [name, value] of Object.entries(settings)) {
    if (!isSecret(name, schemas) || typeof value !== 'string' || neededVariables(value).length > 0) continue
    const cure = 'encrypt it with `agent secret encrypt`, or name an environment variable or a file'
    report(
      'SECRET_UNAVAILABLE',
      `${locate(['settings', name])}: the secret ${name} stands here in clear text; ${cure}`,
      'warning',
    )
  }
  if (schemas === undefined) return
  checkAgainst(schemas.settings, settings, { what: 'setting', report, locate: path => locate(['settings', ...path]) })
}

/** The connector tells which of its settings are secret; while it is not installed the name has to do. */
function isSecret(name: string, schemas: ConnectorSchemas | undefined): boolean {
  if (schemas === undefined) return /(token|secret|password|passphrase|key)$/i.test(name)
  const { properties = {} } = schemas.settings as { properties?: { [name: string]: { 'x-secret'?: boolean } } } // JSON Schema's own shape
  return Object.hasOwn(properties, name) && properties[name]?.['x-secret'] === true
}

async function checkOperation(
  { value, file }: Located<OperationDefinition>,
  {
    project,
    connections,
    ...checking
  }: Checking & { readonly project: Project; readonly connections: readonly string[] },
): Promise<void> {
  const { report } = checking
  await attempt(
    (code, message) => report(code, `${file.locate(['transformation'])}: ${message}`),
    async () => compileTransformation(value.transformation),
  )
  if (value.debug !== undefined && Date.parse(value.debug.until) > Date.now() + maxDebugMs) {
    const until = file.locate(['debug', 'until'])
    report('PROJECT_INVALID', `${until}: lies more than 14 days ahead, debug logging stays off`, 'warning')
  }
  for (const role of ['source', 'target'] as const) {
    const { connection, activity, options = {} } = value[role]
    const locate: Locate = path => file.locate([role, ...path])
    checkVariables(options, { ...checking, locate: path => locate(['options', ...path]) })
    if (typeof connection === 'string' && !connections.includes(connection)) {
      report(
        'CONNECTION_NOT_FOUND',
        `${locate(['connection'])}: the project has no connection ${JSON.stringify(connection)}${nearest(connection, connections)}`,
      )
      continue
    }
    const used =
      typeof connection === 'string'
        ? await project.connection(connection).catch(() => undefined)
        : { value: connection }
    if (typeof connection !== 'string')
      await checkConnection(connection, { ...checking, locate: path => locate(['connection', ...path]) })
    if (used === undefined) continue
    const schemas = await checking.lookUp(used.value.connector, used.value.version).catch(() => undefined)
    if (schemas === undefined) continue
    const known = schemas.activities[activity]
    if (known?.role === role)
      checkAgainst(known.options, options, { what: 'option', report, locate: path => locate(['options', ...path]) })
    else {
      const offered = Object.entries(schemas.activities).flatMap(([name, each]) => (each.role === role ? [name] : []))
      report(
        'ACTIVITY_UNKNOWN',
        `${locate(['activity'])}: connector ${used.value.connector} has no ${role} activity ${JSON.stringify(activity)} (it has: ${offered.join(', ')})`,
      )
    }
  }
}

function checkVariables(
  value: unknown,
  { locate, report, variables }: { locate: Locate; report: Report; variables: Variables },
): void {
  for (const name of neededVariables(value)) {
    if (Object.hasOwn(variables, name)) continue
    const hint = nearest(name, Object.keys(variables))
    // A job may still bring it.
    report(
      'VARIABLE_UNDEFINED',
      `${locate([])}: variable ${JSON.stringify(name)} has no value in variables.yaml and no default${hint}`,
      'warning',
    )
  }
}

/** Values that are filled in later cannot be checked now; everything else can, their keys too. */
function checkAgainst(
  schema: object,
  value: object,
  { what, locate, report }: { what: string; locate: Locate; report: Report },
): void {
  const checked = compileJsonSchema(schema)(value)
  if (checked.ok) return
  for (const { path, about, message } of checked.problems) {
    const given = path.reduce<unknown>(
      (inner, step) => (inner as { [key: string]: unknown } | undefined)?.[step],
      value,
    )
    const isFilledIn = asSecretReference(given) !== undefined || (typeof given === 'string' && given.includes('['))
    if (about === 'value' && isFilledIn) continue
    report('PROJECT_INVALID', `${locate(path)}: ${what} ${path.join('.')} ${message}`)
  }
}

function sameButForCase(names: readonly string[]): readonly string[] {
  return names.filter(name => names.some(other => other !== name && other.toLowerCase() === name.toLowerCase()))
}
