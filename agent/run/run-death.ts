/** Why a runner died with a run in its hands: a code of the tables of errors, and words for people without secrets. */
export interface RunDeath {
  readonly code: string
  readonly message: string
  /** Whether it was this very run that the runner died of, as far as can be told; false = it was only there. */
  readonly isToBlame: boolean
}

/** What is remembered of the deaths of a run's runners. */
export interface RunDeaths {
  /** Times its runner died of it since it last moved on. */
  readonly inVain: number
  /** Times its runner ran out of memory because of it, ever. */
  readonly outOfMemory: number
  /** Since it last moved on. */
  readonly last: RunDeath | undefined
}

/** A run that is taken so often without getting any further is given up, whatever became of its runners. */
const maxTakesInVain = 5
/** A run whose runner died of it so often without getting any further dies of it again. */
const maxDeathsInVain = 2
/** A leak lets a run get on, a bit with each runner, at the cost of all others. */
const maxOutOfMemory = 2

/** Why a run is not to be tried again; undefined when it is. */
export function whyGivenUp(
  takesInVain: number,
  { inVain, outOfMemory, last }: RunDeaths,
): { readonly code: string; readonly message: string } | undefined {
  // What a connector did not foresee does not pass by itself, as when it throws it.
  if (last?.isToBlame && last.code === 'CONNECTOR_FAULT') return { code: last.code, message: last.message }
  if (last?.isToBlame && (inVain >= maxDeathsInVain || outOfMemory >= maxOutOfMemory)) {
    const times = Math.max(inVain, outOfMemory)
    return { code: last.code, message: `given up, as its runner died of it ${times} times, now: ${last.message}` }
  }
  if (takesInVain < maxTakesInVain) return undefined
  const cause = last === undefined ? 'nobody could say why; look into the agent logs' : `the last time: ${last.message}`
  return {
    code: 'RUN_INTERRUPTED',
    message: `given up: its runner died ${takesInVain} times without getting any further, ${cause}`,
  }
}
