import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { agentLogLineSchema, agentLogPage } from './agent-log.ts'
import { cliPage } from './cli.ts'
import { agentYaml, configurationPage } from './configuration.ts'
import { bigcommercePage, localStoragePage, sdkPage, variablePage } from './connectors.ts'
import { errorsPage } from './errors.ts'
import { metricsPage } from './metrics.ts'
import { retriesPage } from './retries.ts'
import { sandboxPage } from './sandbox.ts'
import { agentSchema, connectionSchema, operationJobSchema, operationSchema } from './schemas.ts'

/** A file that follows from the code. */
export interface Generator {
  /** Path in the repository. */
  readonly path: string
  /** Gets the file as it is (empty when it is not there) and gives it as it should be. */
  readonly make: (current: string) => string
}

/** Every generated file; a new one is one more line. */
export const generators: readonly Generator[] = [
  { path: 'config/schemas/agent.schema.json', make: agentSchema },
  { path: 'config/schemas/agent-log-line.schema.json', make: agentLogLineSchema },
  { path: 'config/schemas/connection.schema.json', make: connectionSchema },
  { path: 'config/schemas/operation.schema.json', make: operationSchema },
  { path: 'config/schemas/operation-job.schema.json', make: operationJobSchema },
  { path: 'config/agent.yaml', make: agentYaml },
  { path: 'connectors/bigcommerce/README.md', make: bigcommercePage },
  { path: 'connectors/local-storage/README.md', make: localStoragePage },
  { path: 'connectors/sdk/README.md', make: sdkPage },
  { path: 'connectors/variable/README.md', make: variablePage },
  { path: 'docs/agent-log.md', make: agentLogPage },
  { path: 'docs/bigcommerce-retries.md', make: retriesPage },
  { path: 'docs/cli.md', make: cliPage },
  { path: 'docs/configuration.md', make: configurationPage },
  { path: 'docs/errors.md', make: errorsPage },
  { path: 'docs/metrics.md', make: metricsPage },
  { path: 'connectors/bigcommerce/sandbox/README.md', make: sandboxPage },
]

/** A generated file whose text differs from what stands in the repository. */
export interface StaleFile {
  readonly path: string
  readonly text: string
}

/** Finds the files below `root` that are missing or not up to date. */
export function findStale(root: string): readonly StaleFile[] {
  return generators.flatMap(({ path, make }) => {
    const file = join(root, path)
    const current = existsSync(file) ? readFileSync(file, 'utf8') : ''
    const text = formatted(root, path, make(current))
    return text === current ? [] : [{ path, text }]
  })
}

/** As the formatter of the repository wants it; it would complain about the file otherwise. */
function formatted(root: string, path: string, text: string): string {
  const biome = join(root, 'node_modules', '.bin', 'biome')
  return execFileSync(biome, ['format', `--stdin-file-path=${path}`], { cwd: root, input: text, encoding: 'utf8' })
}
