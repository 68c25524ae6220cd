import { type Static, Type } from '@sinclair/typebox'
import type { Release } from './installed.ts'
import type { ConnectorMemory } from './state.ts'

/** A version that failed here. */
const quarantinedVersion = Type.Object({
  version: Type.String(),
  reason: Type.String(),
  at: Type.String({ format: 'date-time' }),
})

/** A connector as the status tells of it. */
export const connectorOverview = Type.Object(
  {
    name: Type.String(),
    installed: Type.Array(Type.String(), { description: 'Versions, the newest first.' }),
    active: Type.Optional(
      Type.String({ description: 'What runs use that ask for no range; absent until the first run.' }),
    ),
    previous: Type.Optional(Type.String({ description: 'What they used before.' })),
    available: Type.Optional(
      Type.String({ description: 'What the registry had on the channel when it was asked last.' }),
    ),
    pin: Type.Optional(Type.String()),
    highestTrusted: Type.Optional(
      Type.String({ description: 'The agent takes none that is older, unless it is told to.' }),
    ),
    quarantined: Type.Array(quarantinedVersion, { description: 'Versions that are not used any more, and why.' }),
    lastCheckedAt: Type.Optional(Type.String({ format: 'date-time' })),
    problem: Type.Optional(Type.String({ description: 'Why the last check brought nothing newer.' })),
  },
  { additionalProperties: false },
)
export type ConnectorOverview = Static<typeof connectorOverview>

/** One overview for each connector that is installed or remembered, by name. */
export function overviewOf(
  installed: readonly Release[],
  memories: { readonly [name: string]: ConnectorMemory },
  agent: string,
): readonly ConnectorOverview[] {
  const names = new Set([...installed.map(({ name }) => name), ...Object.keys(memories)])
  return [...names].sort().map(name => {
    const { active, problem, ...memory } = memories[name] ?? { quarantined: [], active: {} }
    const { version, previous } = active[agent] ?? {}
    const versions = installed.filter(release => release.name === name).map(release => release.version)
    return {
      name,
      installed: [...new Set(versions)],
      ...memory,
      ...(version === undefined ? {} : { active: version }),
      ...(previous === undefined ? {} : { previous }),
      ...(problem === undefined ? {} : { problem: problem.message }),
    }
  })
}
