import { type Collection, indexOfId, type Json, type Part, type Range, type Row } from './collection.ts'

/** What is kept of a record that somebody wrote. */
export interface Written {
  readonly row: Row
  /** Values of fields that only `include` shows. */
  readonly hidden?: Row
  /** The account that made it, of a record that not everybody sees. */
  readonly owner?: string
}

/** Records made on demand, with what was added, changed and deleted since laid over them. */
export interface Overlay {
  /** What there was before anything was written. */
  readonly base: Collection
  /** What there is now. The object stays the same, its name, size and positions do not. */
  readonly collection: Collection
  /** The id the next added record gets. */
  nextId(): number
  /** Adds a record under its id, which must not be there and not be one of the base. */
  add(id: number, written: Written, madeMs: number, parentId?: number): void
  replace(id: number, written: Written): void
  /** False when there is none. */
  remove(id: number): boolean
  has(id: number): boolean
  get(id: number): Written | undefined
  /** The parent of a record, of a kind that has one. */
  parentOf(id: number): number | undefined
  /** Whether some record has an owner. */
  isOwned(): boolean
  /** Must be called when something that `include` shows has changed elsewhere. */
  touch(): void
}

interface Added {
  readonly id: number
  readonly madeMs: number
  readonly parentId: number | undefined
  written: Written
}

interface State {
  readonly base: Collection
  /** Positions in the base, rising. */
  readonly deleted: number[]
  readonly changed: Map<number, Written>
  /** In order of their ids, all above those of the base. */
  readonly added: Added[]
  readonly addedUnder: Map<number, Set<number>>
  version: number
  nextId: number
  isOwned: boolean
}

/** An overlay without changes. */
export function createOverlay(base: Collection): Overlay {
  const state: State = {
    base,
    deleted: [],
    changed: new Map(),
    added: [],
    addedUnder: new Map(),
    version: 0,
    isOwned: false,
    nextId: base.size === 0 ? 1 : base.idAt(base.size - 1) + 1,
  }
  const get = (id: number): Written | undefined => writtenOf(state, id)
  return {
    base,
    collection: liveCollection(state),
    nextId: () => state.nextId,
    add: (id, written, madeMs, parentId) => add(state, { id, written, madeMs, parentId }),
    replace: (id, written) => replace(state, id, written),
    remove: id => remove(state, id),
    has: id => get(id) !== undefined,
    get,
    parentOf: id => {
      const added = state.added[addedIndex(state, id)]
      if (added?.id === id) return added.parentId
      const index = indexOfId(base, id)
      return index === undefined ? undefined : base.parentIdAt?.(index)
    },
    isOwned: () => state.isOwned,
    touch: () => {
      state.version++
    },
  }
}

/** How the same records look under another name. */
export interface Disguise {
  readonly base: Collection
  readonly collection: Collection
  show(row: Row): Row
  hide(row: Row): Row
}

/** An overlay whose records are those of another one: a write to one is seen in both. */
export function disguise(overlay: Overlay, { base, collection, show, hide }: Disguise): Overlay {
  return {
    ...overlay,
    base,
    collection,
    add: (id, written, madeMs, parentId) => overlay.add(id, { ...written, row: hide(written.row) }, madeMs, parentId),
    replace: (id, written) => overlay.replace(id, { ...written, row: hide(written.row) }),
    get: id => {
      const known = overlay.get(id)
      return known === undefined ? undefined : { ...known, row: show(known.row) }
    },
  }
}

function liveCollection(state: State): Collection {
  const { base } = state
  const parts = base.parts === undefined ? undefined : overlaidParts(state, base.parts)
  return {
    get name() {
      return state.version === 0 ? base.name : `${base.name}@${state.version}`
    },
    get size() {
      return base.size - state.deleted.length + state.added.length
    },
    get isChanged() {
      return state.version > 0
    },
    keyField: base.keyField,
    idAt: index => at(state, index).id,
    lowerBound: id => lowerBound(state, id),
    make: index => at(state, index).row(),
    under: parentId => under(state, parentId),
    ...(base.madeMs === undefined ? {} : { madeMs: index => at(state, index).madeMs() }),
    ...(parts === undefined ? {} : { parts }),
    ...(base.shapedBy === undefined ? {} : { shapedBy: base.shapedBy }),
  }
}

interface Found {
  readonly id: number
  row(): Row
  madeMs(): number
  readonly hidden: Row | undefined
}

function at(state: State, index: number): Found {
  const { base, changed, added } = state
  const live = base.size - state.deleted.length
  if (index < live) {
    const position = basePosition(state, index)
    const written = changed.get(position)
    return {
      id: base.idAt(position),
      row: () => written?.row ?? base.make(position),
      madeMs: () => base.madeMs?.(position) ?? 0,
      hidden: written?.hidden,
    }
  }
  const one = added[index - live]
  return {
    id: one?.id ?? 0,
    row: () => one?.written.row ?? {},
    madeMs: () => one?.madeMs ?? 0,
    hidden: one?.written.hidden,
  }
}

/** The n-th position of the base that is not deleted. */
function basePosition({ deleted }: State, index: number): number {
  let low = 0
  let high = deleted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((deleted[middle] ?? 0) - middle <= index) low = middle + 1
    else high = middle
  }
  return index + low
}

/** How many positions below that one are deleted. */
function deletedBelow({ deleted }: State, position: number): number {
  let low = 0
  let high = deleted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((deleted[middle] ?? 0) < position) low = middle + 1
    else high = middle
  }
  return low
}

function isDeleted(state: State, position: number): boolean {
  return state.deleted[deletedBelow(state, position)] === position
}

function lowerBound(state: State, id: number): number {
  const position = state.base.lowerBound(id)
  if (position < state.base.size) return position - deletedBelow(state, position)
  return state.base.size - state.deleted.length + addedIndex(state, id)
}

/** The place of the first added record whose id is not below that one. */
function addedIndex({ added }: State, id: number): number {
  let low = 0
  let high = added.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((added[middle]?.id ?? 0) < id) low = middle + 1
    else high = middle
  }
  return low
}

function under(state: State, parentId: number): readonly Range[] {
  const made = (state.base.under?.(parentId) ?? []).map(({ from, to }) => ({
    from: from - deletedBelow(state, from),
    to: to - deletedBelow(state, to),
  }))
  const live = state.base.size - state.deleted.length
  const added = [...(state.addedUnder.get(parentId) ?? [])].map(id => {
    const from = live + addedIndex(state, id)
    return { from, to: from + 1 }
  })
  return [...made.filter(({ from, to }) => to > from), ...added]
}

function writtenOf(state: State, id: number): Written | undefined {
  const position = indexOfId(state.base, id)
  if (position !== undefined) {
    if (isDeleted(state, position)) return undefined
    return state.changed.get(position) ?? { row: state.base.make(position) }
  }
  const one = state.added[addedIndex(state, id)]
  return one?.id === id ? one.written : undefined
}

function add(state: State, one: Added): void {
  state.version++
  state.nextId = Math.max(state.nextId, one.id + 1)
  state.isOwned ||= one.written.owner !== undefined
  state.added.splice(addedIndex(state, one.id), 0, one)
  if (one.parentId === undefined) return
  const siblings = state.addedUnder.get(one.parentId) ?? new Set()
  state.addedUnder.set(one.parentId, siblings.add(one.id))
}

function replace(state: State, id: number, written: Written): void {
  state.version++
  const position = indexOfId(state.base, id)
  if (position !== undefined) {
    state.changed.set(position, written)
    return
  }
  const one = state.added[addedIndex(state, id)]
  if (one?.id === id) one.written = written
}

function remove(state: State, id: number): boolean {
  const position = indexOfId(state.base, id)
  if (position !== undefined) {
    if (isDeleted(state, position)) return false
    state.deleted.splice(deletedBelow(state, position), 0, position)
    state.changed.delete(position)
    state.version++
    return true
  }
  const index = addedIndex(state, id)
  const one = state.added[index]
  if (one?.id !== id) return false
  state.isOwned ||= one.written.owner !== undefined
  state.added.splice(index, 1)
  if (one.parentId !== undefined) state.addedUnder.get(one.parentId)?.delete(id)
  state.version++
  return true
}

/** Parts of the base go by the id of the record; what was written wins. */
function overlaidParts(state: State, parts: { readonly [name: string]: Part }): { readonly [name: string]: Part } {
  return Object.fromEntries(
    Object.entries(parts).map(([name, part]) => {
      const make: Part['make'] = (index, row, asked): Json => {
        const hidden = at(state, index).hidden
        return hidden?.[part.field] ?? part.make(index, row, asked)
      }
      return [name, { field: part.field, make }]
    }),
  )
}
