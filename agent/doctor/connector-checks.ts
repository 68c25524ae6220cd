import { connectorErrors } from '../../connectors/sdk/errors.ts'
import type { ConnectionTest } from '../api/control.ts'
import { agentErrors, errorCode, toError } from '../errors.ts'
import type { Project } from '../project/project.ts'
import type { ConnectorLoader } from '../registry/loader.ts'
import { type Finding, ok, problem, warning } from './findings.ts'

/** Looks at every installed release: is it whole, and signed by somebody who is trusted. */
export async function checkConnectors(loader: ConnectorLoader): Promise<readonly Finding[]> {
  const releases = await loader.installed()
  if (releases.length === 0) {
    return [problem('connectors', 'none is installed', 'build or install connectors, or set connectors.directory')]
  }
  return Promise.all(
    releases.map(async release => {
      const check = `connector ${release.name} ${release.version}`
      try {
        const { signature } = await loader.verify(release)
        if (signature.tag !== 'unsigned') return ok(check, 'is whole and signed')
        return warning(check, 'is not signed', 'sign it, and set connectors.allowUnsignedConnectors: false')
      } catch (thrown) {
        return failed(check, thrown)
      }
    }),
  )
}

/** Tests connections of a project by what tests one of them. Never rejects. */
export async function checkConnections(
  project: Project,
  test: (name: string) => Promise<ConnectionTest>,
): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const name of await project.connections()) {
    const check = `connection ${name}`
    try {
      findings.push(judgeTest(check, await test(name)))
    } catch (thrown) {
      findings.push(failed(check, thrown))
    }
  }
  return findings
}

function judgeTest(check: string, { ok: isOk, message, code = '', checks }: ConnectionTest): Finding {
  const told = checks.filter(({ status }) => status !== 'passed').map(each => `${each.name}: ${each.message}`)
  const all = [message, ...told].join('; ')
  if (!isOk) return problem(check, all, cureOf(code))
  return told.length === 0 ? ok(check, all) : warning(check, all, 'see agent test-connection')
}

function failed(check: string, thrown: unknown): Finding {
  return problem(check, toError(thrown).message, cureOf(errorCode(thrown) ?? 'INTERNAL'))
}

function cureOf(code: string): string {
  const rows: { readonly [code: string]: { readonly cure: string } } = { ...agentErrors, ...connectorErrors }
  return rows[code]?.cure ?? 'look into the agent log'
}
