import type { OpenedRun } from './debug.ts'
import { runFactsOf } from './lineage.ts'
import { type ConnectionDefinition, jobToRepeat, type OperationDefinition, type OperationJob } from './operation.ts'

/** What is told of what set a run off. Each attempt tells it once. */
export interface Trigger {
  /** The job, once it is checked and the secrets it leads to are known for masking. */
  know(job: OperationJob): void
  /** What there is to tell, when all of it is known and has not been taken yet. */
  take(): object | undefined
  /** What there is to tell when there will be no more. */
  rest(): object | undefined
}

/** The trigger of one attempt at a run. */
export function createTrigger({ runId, jobId, data, submittedAt }: OpenedRun, agent: string): Trigger {
  let known: OperationJob | undefined
  let isTaken = false
  const head = () => ({ kind: 'trigger', runId, jobId, agent, submittedAt: new Date(submittedAt).toISOString() })
  return {
    know(job) {
      known = job
    },
    take() {
      if (isTaken || known === undefined) return undefined
      isTaken = true
      const { requestedBy, submittedFrom, parent, replayOf } = known
      const who = { requestedBy, via: viaOf(known), from: submittedFrom, parent, replayOf }
      return { ...head(), ...who, job: withoutSecrets(jobToRepeat(known)) }
    },
    rest() {
      if (isTaken) return undefined
      isTaken = true
      return { ...head(), operation: runFactsOf(data).operation, note: 'the job was not taken, or not understood' }
    },
  }
}

/** What no agent has submitted a control plane has put on the queue. */
function viaOf({ submittedFrom, replayOf }: OperationJob): string {
  if (replayOf !== undefined) return 'replay'
  return submittedFrom?.via ?? 'queue'
}

const notKept = '(not kept)'

/** Settings and variables of a definition inside a job may be secrets that nobody knows to be some. */
function withoutSecrets(job: OperationJob): object {
  const { operation, variables } = job
  if (typeof operation === 'string') return job
  const names = Object.keys(variables ?? {}).map(name => [name, notKept])
  const sides = { source: withoutSettings(operation.source), target: withoutSettings(operation.target) }
  return { ...job, variables: Object.fromEntries(names), operation: { ...operation, ...sides } }
}

function withoutSettings(step: OperationDefinition['source']): object {
  const { connection } = step
  if (typeof connection === 'string') return step
  const { settings, ...rest }: ConnectionDefinition = connection
  const names = Object.keys(settings ?? {}).map(name => [name, notKept])
  return { ...step, connection: { ...rest, settings: Object.fromEntries(names) } }
}
