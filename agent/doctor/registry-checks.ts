import { toError } from '../errors.ts'
import type { Project } from '../project/project.ts'
import type { ConnectorLoader } from '../registry/loader.ts'
import type { Registry } from '../registry/registry.ts'
import { type Finding, ok, problem, warning } from './findings.ts'

/** What the registry is asked for, and whether it may be asked. */
export interface SupplyChecks {
  readonly registry: Registry
  readonly loader: Pick<ConnectorLoader, 'installed'>
  readonly project: Project
  /** The policy `disableAutoConnectorUpdate` holds: then the registry is not asked here either. */
  readonly isUpdateOff: boolean
}

const patienceMs = 20_000

/** Asks the registry for the connectors that are installed or wanted, and tells which connections have none. Never rejects. */
export async function checkSupply({
  registry,
  loader,
  project,
  isUpdateOff,
}: SupplyChecks): Promise<readonly Finding[]> {
  const installed = new Set((await loader.installed()).map(({ name }) => name))
  const wanted = await wantedBy(project)
  const { finding, offered } = isUpdateOff
    ? { finding: ok('registry', 'is not asked: the policy disableAutoConnectorUpdate forbids it'), offered: nothing }
    : await ask(registry, new Set([...installed, ...wanted.values()]))
  const found = [...wanted].flatMap(([connection, connector]) => {
    return installed.has(connector) ? [] : [judgeMissing(connection, connector, offered.has(connector))]
  })
  return [finding, ...found]
}

/** Newest versions by the names of connectors. */
type Offered = ReadonlyMap<string, string>
const nothing: Offered = new Map()

async function ask(
  registry: Registry,
  names: ReadonlySet<string>,
): Promise<{ readonly finding: Finding; readonly offered: Offered }> {
  const offered = new Map<string, string>()
  try {
    const signal = AbortSignal.timeout(patienceMs)
    for (const name of names) {
      const [newest] = await registry.available(name, signal)
      if (newest !== undefined) offered.set(name, newest.version)
    }
  } catch (thrown) {
    const cure = 'correct connectors.registry, connectors.token or the network; runs go on with what is installed'
    const message = `${registry.describe()}: ${toError(thrown).message}`
    return { finding: warning('registry', message, cure), offered: nothing }
  }
  const list = [...offered].map(([name, version]) => `${name} ${version}`).join(', ')
  const finding =
    list === ''
      ? warning('registry', `${registry.describe()} offers no connector that is installed`, 'publish one there')
      : ok('registry', `${registry.describe()} offers ${list}`)
  return { finding, offered }
}

/** The connector of each connection; a file that is no connection is the business of `agent validate`. */
async function wantedBy(project: Project): Promise<ReadonlyMap<string, string>> {
  const wanted = new Map<string, string>()
  for (const name of await project.connections()) {
    const found = await project.connection(name).catch(() => undefined)
    if (found !== undefined) wanted.set(name, found.value.connector)
  }
  return wanted
}

function judgeMissing(connection: string, connector: string, isOffered: boolean): Finding {
  const check = `connector of ${connection}`
  if (isOffered) return ok(check, `${connector} is not installed yet; the first run fetches it`)
  return problem(check, `${connector} is not installed`, `install ${connector}, or correct its name`)
}
