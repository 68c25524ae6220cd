import type { RunContext } from '../../sdk/connector.ts'
import type { LeftOut } from './fit.ts'

/** Collects what was left out of records, and tells the owner of the operation each field once a run. */
export interface Teller {
  note(left: LeftOut): void
  tell(): void
}

/** Lines of this kind in one operation log; more would hide the others. */
const mostLines = 6

/** Makes a teller for one batch; what was told before stands in the state of the run. */
export function createTeller(name: string, { state, tell }: RunContext): Teller {
  const fields = new Set<string>()
  const nulls = new Set<string>()

  function tellOnce(key: string, found: ReadonlySet<string>, line: (fields: string) => string): void {
    const told = (state.get(key) ?? []) as readonly string[] // set below, by this or an older release
    const fresh = [...found].filter(field => !told.includes(field)).sort()
    const lines = Number(state.get(`${key}-lines`) ?? 0)
    if (fresh.length === 0 || lines >= mostLines) return
    state.set(key, [...told, ...fresh])
    state.set(`${key}-lines`, lines + 1)
    tell('info', line(fresh.join(', ')))
  }

  return {
    note(left) {
      for (const field of left.fields) fields.add(field)
      for (const field of left.nulls) nulls.add(field)
    },
    tell() {
      tellOnce('left-out', fields, list => `not written, because ${name} takes no such fields here: ${list}`)
      tellOnce(
        'left-out-nulls',
        nulls,
        list => `not written where it is null, because ${name} takes no null there: ${list}`,
      )
    },
  }
}
