import type { Operation, Way } from '../../catalogue/facts.ts'
import type { Row } from '../data/collection.ts'
import type { StoreRecords } from '../data/store.ts'
import type { Switches } from '../switches.ts'
import type { Resource, Resources } from './resources.ts'
import type { Uniques } from './uniques.ts'
import type { Faulty } from './validate.ts'

/** What every write needs to know of the store. */
export interface Ledger {
  readonly resources: Resources
  readonly records: StoreRecords
  readonly uniques: Uniques
  readonly ruleOf: (name: string) => Rule
  /** Names of the objects right below one. */
  readonly childrenOf: (name: string) => readonly Resource[]
}

/** One request that writes. */
export interface Change {
  readonly ledger: Ledger
  readonly resource: Resource
  readonly way: Way
  readonly operation: Operation
  readonly isV2: boolean
  readonly nowMs: number
  readonly token: string
  readonly switches: Switches
  /** The record the path leads below. */
  readonly parentId: number | undefined
  /** How to take back what was written so far; kept where all of an array is refused together. */
  readonly undo?: (() => void)[]
}

/** Why one record is not written. */
export interface Refusal {
  readonly refused: number
  readonly title: string
  readonly errors: Faulty
}

/** A record that was written. */
export interface Stored {
  readonly id: number
  readonly row: Row
}

/** What happened to one record. */
export type Outcome = Stored | Refusal

/** Whether a record was refused. */
export function isRefused(outcome: unknown): outcome is Refusal {
  return outcome !== null && typeof outcome === 'object' && 'refused' in outcome && 'title' in outcome
}

/** A record that is neither written nor refused: the answer leaves it out. */
export const dropped: Refusal = { refused: 0, title: '', errors: {} }

/** A refusal; the usual one is 422. */
export function refuse(title: string, errors: Faulty = {}, status = 422): Refusal {
  return { refused: status, title, errors }
}

/** A record on its way into the store. */
export interface Draft {
  /** As it was sent, with the fields that cannot be written taken out. */
  readonly given: Row
  /** As it was; undefined for a new one. */
  readonly old: Row | undefined
  readonly id: number
  readonly change: Change
}

/** What sets an object apart from the others. */
export interface Rule {
  /** Field values that no two records may share. */
  readonly unique?: readonly Unique[]
  /** The fields that name a record of an upsert, apart from its key and its parent. */
  readonly naturalKey?: readonly string[]
  /** Fields of a new record that are not the default of their type. */
  readonly defaults?: Row
  /** Names of fields as they are sent, by their name in the record. */
  readonly renamed?: { readonly [field: string]: string }
  /** Sees a record before it is stored; may change or refuse it. */
  prepare?(row: Row, draft: Draft): Row | Refusal
  /** Sees a record after it was stored. */
  written?(row: Row, draft: Draft): void
  /** Sees a record after it was removed. */
  removed?(row: Row, id: number, change: Change): void
  /** Fields shown by `include` only: kept beside the record. */
  readonly hidden?: readonly string[]
  /** How an array answers when some of its records are refused. Default: none is written. */
  readonly batch?: 'partial' | 'batch-errors' | 'whole'
  /** The title of the answer when a whole array is refused. */
  readonly batchTitle?: string
  /** Status of the answer to a POST. */
  readonly created?: number
  /** Deleting marks a record; it stays readable by its key. */
  readonly isArchived?: true
  /** The answer to every write of it, when it is none of the record. */
  readonly answers?: 'transaction' | 'counts'
  /** A DELETE by ids tells those that were not there, and how many were. */
  readonly tellsMissing?: true
  /** A body-less DELETE of ids takes them all. */
  readonly deletesAllWithoutBody?: true
}

/** Fields that together name one record only. */
export interface Unique {
  readonly fields: readonly string[]
  /** Only among the records of one parent. */
  readonly isUnderParent?: true
  /** Names the values together with those of other objects of the same group. */
  readonly group?: string
  /** Compared without regard to case. */
  readonly isCaseless?: true
  /** Numbers of records that may hold the value, where looking at all would take too long. */
  candidates?(row: Row, ledger: Ledger): Iterable<number>
  refusal(row: Row): Refusal
}
