import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Static, Type } from '@sinclair/typebox'
import { AgentError, toError } from './errors.ts'
import { replaceJsonFile } from './replace-file.ts'
import { compileSchema, problemText } from './schema.ts'

/** What the control plane, or somebody by the API, forbids. */
export const policySetting = Type.Object(
  { disableAutoConnectorUpdate: Type.Boolean({ description: 'Never fetch newer releases of connectors.' }) },
  { additionalProperties: false },
)
export type PolicySetting = Static<typeof policySetting>
const checkSetting = compileSchema(policySetting)

/** The policy as it holds: what anybody forbids is forbidden. */
export const policyAnswer = Type.Object(
  {
    disableAutoConnectorUpdate: Type.Boolean(),
    forbiddenBy: Type.Array(Type.Union([Type.Literal('configuration'), Type.Literal('api')]), {
      description: 'Who forbids it: the configuration (`config/policy.yaml` for one), or who has set it by the API.',
    }),
  },
  { additionalProperties: false },
)
export type PolicyAnswer = Static<typeof policyAnswer>

/** What this agent may do by itself. */
export interface AgentPolicy {
  current(): PolicyAnswer
  /** Holds at once, and over a restart; never lifts what the configuration forbids. Throws POLICY_NOT_SAVED. */
  set(setting: PolicySetting): PolicyAnswer
}

/** The file in which a policy that was set by the API outlives the agent. */
export function policyFileOf({ dataDir }: { readonly dataDir: string }): string {
  return join(dataDir, 'policy.json')
}

/**
 * The policy of the configuration, together with what was set by the API and stands in a JSON file. When that file cannot
 * be read nobody knows what was forbidden, so everything is.
 */
export function openPolicy(
  configured: PolicySetting,
  { path, logger }: { readonly path: string; readonly logger: { warn(fields: object, message: string): void } },
): AgentPolicy {
  let own = read()

  function read(): PolicySetting {
    try {
      const checked = checkSetting(JSON.parse(readFileSync(path, 'utf8')))
      if (checked.ok) return checked.value
      throw new Error(checked.problems.map(problemText).join('; '))
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException // of the file system, or an error without a code
      if (code === 'ENOENT') return { disableAutoConnectorUpdate: false }
      logger.warn({ path, error: toError(thrown).message }, 'policy cannot be read; nothing is allowed until it is set')
      return { disableAutoConnectorUpdate: true }
    }
  }

  function current(): PolicyAnswer {
    const forbiddenBy = [
      ...(configured.disableAutoConnectorUpdate ? (['configuration'] as const) : []),
      ...(own.disableAutoConnectorUpdate ? (['api'] as const) : []),
    ]
    return { disableAutoConnectorUpdate: forbiddenBy.length > 0, forbiddenBy }
  }

  return {
    current,
    set(setting) {
      own = setting
      try {
        replaceJsonFile(path, setting)
      } catch (cause) {
        const problem = `the policy holds, but not over a restart: ${toError(cause).message}`
        throw new AgentError('POLICY_NOT_SAVED', problem, { cause })
      }
      return current()
    },
  }
}
