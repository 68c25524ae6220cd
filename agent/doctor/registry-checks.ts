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
  if (isUpdateOff) {
    const said = ok('registry', 'is not asked: the policy disableAutoConnectorUpdate forbids it')
    return [said, ...missing(wanted, name => (installed.has(name) ? 'installed' : 'nowhere'))]
  }
  const offered = new Map<string, string>()
  try {
    const signal = AbortSignal.timeout(patienceMs)
    for (const name of new Set([...installed, ...wanted.values()])) {
      const [newest] = await registry.available(name, signal)
      if (newest !== undefined) offered.set(name, newest.version)
    }
  } catch (thrown) {
    const cure = 'correct connectors.registry, connectors.token or the network; runs go on with what is installed'
    const failure = warning('registry', `${registry.describe()}: ${toError(thrown).message}`, cure)
    return [failure, ...missing(wanted, name => (installed.has(name) ? 'installed' : 'nowhere'))]
  }
  const list = [...offered].map(([name, version]) => `${name} ${version}`).join(', ')
  const place = (name: string) => (installed.has(name) ? 'installed' : offered.has(name) ? 'offered' : 'nowhere')
  return [
    list === ''
      ? warning('registry', `${registry.describe()} offers no connector that is installed`, 'publish one there')
      : ok('registry', `${registry.describe()} offers ${list}`),
    ...missing(wanted, place),
  ]
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

function missing(
  wanted: ReadonlyMap<string, string>,
  placeOf: (connector: string) => 'installed' | 'offered' | 'nowhere',
): readonly Finding[] {
  return [...wanted].flatMap(([connection, connector]) => {
    const check = `connector of ${connection}`
    switch (placeOf(connector)) {
      case 'installed':
        return []
      case 'offered':
        return [ok(check, `${connector} is not installed yet; the first run fetches it`)]
      default:
        return [problem(check, `${connector} is not installed`, `install ${connector}, or correct its name`)]
    }
  })
}
