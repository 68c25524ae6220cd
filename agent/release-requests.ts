import { AgentError, type AgentErrorCode, agentErrors, errorCode, toError } from './errors.ts'
import { createPending } from './pending.ts'
import type { Release } from './registry/installed.ts'
import type { ReleaseChoice } from './registry/loader.ts'
import type { ReleaseSupply } from './registry/supply.ts'
import type { RunnerStarter } from './runner-links.ts'
import type { RunnerLink, ToSeat } from './runner-messages.ts'

/** What a supervisor answers a runner that asks for releases. */
export type ReleasesOutcome =
  | { readonly ok: true; readonly releases: readonly Release[] }
  | { readonly ok: false; readonly code: string; readonly message: string }

/** What a runner says about releases: which it wants, and which of those it was given could not be loaded. */
export type ReleaseMessage =
  | { readonly tag: 'releases-wanted'; readonly id: number; readonly connector: string; readonly range?: string }
  | {
      readonly tag: 'release-refused'
      readonly connector: string
      readonly version: string
      readonly code: string
      readonly message: string
    }

/** The questions of a runner to its supervisor. */
export interface ReleaseRequests {
  readonly choose: ReleaseChoice
  settle(id: number, outcome: ReleasesOutcome): void
}

/** Asks the supervisor, which alone talks to the registry and always answers. */
export function createReleaseRequests(tell: (message: ReleaseMessage) => void): ReleaseRequests {
  const pending = createPending<ReleasesOutcome>()
  return {
    async choose(connector, range) {
      const { id, answer } = pending.open()
      tell({ tag: 'releases-wanted', id, connector, ...(range === undefined ? {} : { range }) })
      const outcome = await answer
      if (outcome.ok) return outcome.releases
      const isOurs = Object.hasOwn(agentErrors, outcome.code)
      throw new AgentError(isOurs ? (outcome.code as AgentErrorCode) : 'CONNECTOR_NOT_FOUND', outcome.message) // one of its keys
    },
    settle: pending.settle,
  }
}

/** A runner whose questions for releases the supply answers; its seat hears the rest. */
export function answeringReleases(
  start: RunnerStarter,
  supply: Pick<ReleaseSupply, 'forRun' | 'refused'>,
): RunnerStarter<ToSeat> {
  return (number, sink, { onMessage, onExit }) => {
    const link: RunnerLink = start(number, sink, {
      onMessage(message) {
        switch (message.tag) {
          case 'releases-wanted':
            return void outcomeOf(supply.forRun(message.connector, message.range)).then(outcome =>
              link.send({ tag: 'releases', id: message.id, outcome }),
            )
          case 'release-refused': {
            const { connector: name, version, code } = message
            return void supply.refused({ name, version }, code, message.message)
          }
          default:
            return onMessage(message)
        }
      },
      onExit,
    })
    return link
  }
}

/** Never rejects. */
async function outcomeOf(finding: Promise<readonly Release[]>): Promise<ReleasesOutcome> {
  try {
    return { ok: true, releases: await finding }
  } catch (thrown) {
    return { ok: false, code: errorCode(thrown) ?? 'INTERNAL', message: toError(thrown).message }
  }
}
