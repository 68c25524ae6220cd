import { AgentError, errorCode, toError } from '../errors.ts'
import type { Project } from '../project/project.ts'
import type { Resolver } from '../project/resolve.ts'
import type { ConnectorLoader } from '../registry/loader.ts'
import { type ConnectionAnswer, type ConnectionRequest, lookUp } from './look-up.ts'
import type { RunParts } from './run.ts'

/** A connection of the project, as far as it can be told without opening it. */
export interface ConnectionSummary {
  readonly name: string
  /** Absent when the file of the connection cannot be understood. */
  readonly connector?: string
  /** Whether an activity of the connector asks for an object by name. */
  readonly hasObjects: boolean
  /** Why it cannot be opened. */
  readonly problem?: string
}

/** What an agent can be asked of connections: over one of them, or which there are. */
export type LookUpRequest = ConnectionRequest | { readonly tag: 'connections' }

/** The answer to the request of the same tag. */
export type LookUpAnswer =
  | ConnectionAnswer
  | { readonly tag: 'connections'; readonly connections: readonly ConnectionSummary[] }

/** How a look-up went: an answer, or why there is none. */
export type LookUpOutcome =
  | { readonly ok: true; readonly answer: LookUpAnswer }
  | { readonly ok: false; readonly code: string; readonly message: string }

/** Looks something up, for a minute at most. Never rejects. */
export type LookUps = (request: LookUpRequest) => Promise<LookUpOutcome>

const usualTimeoutMs = 60_000

/** Look-ups over the connections of a project. */
export function createLookUps(
  parts: Pick<RunParts, 'loader' | 'loggers' | 'pacing' | 'redactor'> & {
    readonly project: Project
    readonly resolver: Resolver
    /** How long one look-up may take; default a minute. */
    readonly timeoutMs?: number
  },
): LookUps {
  const { project, resolver, loader, redactor, timeoutMs = usualTimeoutMs } = parts

  async function answerTo(request: LookUpRequest, signal: AbortSignal): Promise<LookUpAnswer> {
    if (request.tag !== 'connections') {
      return lookUp(request, await resolver.connection(request.connection), { ...parts, signal })
    }
    const names = await project.connections()
    const connections = await Promise.all(names.map(name => summaryOf(name, { project, loader })))
    return { tag: 'connections', connections }
  }

  return async request => {
    try {
      return { ok: true, answer: await withinTime(timeoutMs, signal => answerTo(request, signal)) }
    } catch (thrown) {
      const { message } = toError(thrown)
      return { ok: false, code: errorCode(thrown) ?? 'INTERNAL', message: redactor.redact(message) }
    }
  }
}

async function summaryOf(
  name: string,
  { project, loader }: { readonly project: Project; readonly loader: ConnectorLoader },
): Promise<ConnectionSummary> {
  let connector: string | undefined
  try {
    const { value } = await project.connection(name)
    connector = value.connector
    const { activities } = (await loader.load(connector, value.version)).connector
    return { name, connector, hasObjects: Object.values(activities).some(({ options }) => namesObject(options)) }
  } catch (thrown) {
    const problem = toError(thrown).message
    return { name, ...(connector === undefined ? {} : { connector }), hasObjects: false, problem }
  }
}

function namesObject({ properties }: { readonly [keyword: string]: unknown }): boolean {
  return typeof properties === 'object' && properties !== null && 'object' in properties
}

async function withinTime<T>(timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController()
  const timer = setTimeout(() => {
    stop.abort(new AgentError('LOOK_UP_TIMEOUT', `no answer within ${timeoutMs / 1_000} s`))
  }, timeoutMs)
  try {
    return await work(stop.signal)
  } finally {
    clearTimeout(timer)
  }
}
