import type { ConnectionTest } from '../api/control.ts'
import type { LoadedConfig } from '../config/load.ts'
import { secretsOf } from '../config/secrets-of.ts'
import { openLoader } from '../connectors.ts'
import { createRedactor } from '../logs/redact.ts'
import { openPolicy, policyFileOf } from '../policy.ts'
import { openProject } from '../project/project.ts'
import { openRegistry } from '../registry/registry.ts'
import { checkConnections, checkConnectors } from './connector-checks.ts'
import type { Finding } from './findings.ts'
import { checkMachine } from './machine-checks.ts'
import { checkRedis } from './redis-checks.ts'
import { checkSupply } from './registry-checks.ts'

/**
 * Looks at all an agent needs, whether it runs or not, and changes nothing. Connections are tested when it is given
 * what tests one.
 */
export async function examine(
  loaded: LoadedConfig,
  testConnection?: (name: string) => Promise<ConnectionTest>,
): Promise<readonly Finding[]> {
  const { config } = loaded
  const redactor = createRedactor(secretsOf(config), undefined, config.logs.maskFields)
  const [loader, project] = [openLoader(config), openProject(config.projectDir)]
  const policy = openPolicy(config.policy, { path: policyFileOf(config), logger: { warn: () => undefined } })
  const isUpdateOff = policy.current().disableAutoConnectorUpdate
  const findings = [
    ...(await checkRedis(config.redis.url)),
    ...checkMachine(loaded),
    ...(await checkConnectors(loader)),
    ...(await checkSupply({ registry: openRegistry(config), loader, project, isUpdateOff })),
    ...(testConnection === undefined ? [] : await checkConnections(project, testConnection)),
  ]
  return findings.map(finding => ({ ...finding, message: redactor.redact(finding.message) }))
}
