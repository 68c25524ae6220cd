import type { Json, Row } from '../data/collection.ts'
import type { Ledger, Refusal, Unique } from './change.ts'
import type { Resource } from './resources.ts'

/** Knows which values of written records are taken. */
export interface Uniques {
  /** The refusal of a record whose value another record has. */
  check(
    ledger: Ledger,
    resource: Resource,
    row: Row,
    id: number | undefined,
    parentId: number | undefined,
  ): Refusal | undefined
  /** To be told of each record that is stored, with what it was. */
  note(ledger: Ledger, resource: Resource, id: number, row: Row | undefined, old: Row | undefined): void
}

/** Looking at so many records takes no time worth an index. */
const fewRecords = 500

/** Nothing was written yet. */
export function createUniques(): Uniques {
  const taken = new Map<string, Map<string, Set<number>>>()
  const indexOf = (resource: Resource, unique: Unique): Map<string, Set<number>> => {
    const name = `${unique.group ?? resource.name} ${unique.fields.join()}`
    const known = taken.get(name) ?? new Map()
    taken.set(name, known)
    return known
  }
  return {
    check: (ledger, resource, row, id, parentId) => {
      for (const unique of ledger.ruleOf(resource.name).unique ?? []) {
        const value = sharedValue(unique, row)
        if (value === undefined) continue
        const written = indexOf(resource, unique).get(value) ?? []
        const made = madeCandidates(ledger, resource, unique, row, parentId)
        for (const other of [...written, ...made]) {
          if (other === id || (unique.isUnderParent && resource.shelf.parentOf(other) !== parentId)) continue
          const there = resource.shelf.get(other)
          if (there !== undefined && sharedValue(unique, there.row) === value) return unique.refusal(row)
        }
      }
      return undefined
    },
    note: (ledger, resource, id, row, old) => {
      for (const unique of ledger.ruleOf(resource.name).unique ?? []) {
        const index = indexOf(resource, unique)
        const before = old === undefined ? undefined : sharedValue(unique, old)
        const now = row === undefined ? undefined : sharedValue(unique, row)
        if (before !== undefined) index.get(before)?.delete(id)
        if (now !== undefined) index.set(now, (index.get(now) ?? new Set<number>()).add(id))
      }
    },
  }
}

/** Records nobody has written that may hold the value: those whose number stands in it, where there are many. */
function* madeCandidates(
  ledger: Ledger,
  { shelf }: Resource,
  unique: Unique,
  row: Row,
  parentId: number | undefined,
): Generator<number> {
  if (unique.candidates !== undefined) {
    yield* unique.candidates(row, ledger)
    return
  }
  if (unique.isUnderParent && parentId !== undefined) {
    for (const { from, to } of shelf.base.under?.(parentId) ?? []) {
      for (let index = from; index < to; index++) yield shelf.base.idAt(index)
    }
    return
  }
  if (shelf.base.size <= fewRecords) {
    for (let index = 0; index < shelf.base.size; index++) yield shelf.base.idAt(index)
    return
  }
  yield* numbersIn(sharedValue(unique, row) ?? '')
}

/** The numbers that stand in a text. */
export function numbersIn(text: string): readonly number[] {
  return [...text.matchAll(/\d{1,9}/g)].map(([digits]) => Number(digits))
}

function sharedValue({ fields, isCaseless }: Unique, row: Row): string | undefined {
  const values = fields.map(field => field.split('.').reduce<Json | undefined>(inner, row))
  if (values.some(value => value === undefined || value === null || value === '')) return undefined
  const text = values.join('\n')
  return isCaseless ? text.toLowerCase() : text
}

function inner(value: Json | undefined, field: string): Json | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Row)[field] : undefined
}
