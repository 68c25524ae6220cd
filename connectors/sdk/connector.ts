/**
 * The contract between the agent and a connector. A connector is data plus a few functions; the agent (the host) owns
 * batching, concurrency, checkpoints, outcomes and the retry of a run, the connector owns one request and its retry.
 */

/** Any value JSON can carry. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [field: string]: JsonValue }

/** One business object, as the vendor has it. Named so because TypeScript owns the name `Record`. */
export type DataRecord = { readonly [field: string]: JsonValue }

/** A JSON Schema (draft 7). A property that holds a secret carries `"x-secret": true`; the host masks its value. */
export type JsonSchema = { readonly [keyword: string]: unknown }

/** Where a later run may resume reading. Opaque to the host, which stores it as JSON and hands it back unchanged. */
export type Position = JsonValue

/**
 * The connector's own logger, named `org.jitterbit.connector.<name>`: for support, silent in normal operation.
 * The message is constant, what varies goes into the fields. Never log a secret or a header; a body only at `trace`, as
 * a text of its own: the host masks the secrets it knows, then cuts the text at 10,000 characters.
 */
export interface Logger {
  trace(fields: LogFields, message: string): void
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
  /** Whether a line of that level would be written now: ask before making texts. It may change within a run. */
  isEnabled?(level: 'trace' | 'debug' | 'info' | 'warn' | 'error'): boolean
}
export type LogFields = { readonly [field: string]: unknown }

/** What a vendor said of its quota in an answer. */
export interface QuotaReport {
  /** Requests allowed per window. */
  readonly quota: number
  /** Requests left in the current window. */
  readonly remaining: number
  /** Milliseconds until the current window ends. */
  readonly resetMs: number
  /** Length of the window in milliseconds. */
  readonly windowMs: number
}

/** What the host has to know of a request to give it its turn. */
export interface PacedRequest {
  /** Requests of the same name share a limit: `PUT /v3/customers`. No ids, so that there are few names. */
  readonly endpoint: string
  /** Writes and tests get their share of the quota beside a big read. */
  readonly kind: 'read' | 'write' | 'test'
  /** How many requests the vendor lets be in work at the same time there, of all its callers; absent: not stated. */
  readonly maxConcurrent?: number
}

/**
 * The host's clock for one vendor account, shared by all runs. `account` names the account that owns the quota (for
 * BigCommerce: the store); the host never shows it.
 */
export interface Pacing {
  /**
   * Waits until one more request may be sent to the account. Rejects with the signal's reason when it aborts. What it
   * resolves with is called once the request is answered or has failed: only then another may take its place.
   */
  acquire(account: string, request: PacedRequest, signal: AbortSignal): Promise<() => void>
  /** Tells what the vendor's answer said of the quota; called for every answer that says it. */
  report(account: string, quota: QuotaReport): void
  /**
   * Tells that the vendor refused a request for its rate: nobody sends to the account for so many milliseconds. `load`:
   * the vendor named no quota, its platform is busy; how long to wait is then a guess.
   */
  hold(account: string, waitMs: number, cause: 'quota' | 'load'): void
}

/**
 * Small JSON values that belong to one role of one run and survive a crash: the host saves them together with the
 * checkpoint, so after a resume `get` tells what was true at the checkpoint, never later.
 */
export interface RunStateStore {
  get(key: string): JsonValue | undefined
  set(key: string, value: JsonValue): void
}

/** What a connector may use while it works for a run, a connection test or a look-up. It gets nothing else. */
export interface RunContext {
  /** The run's id, or the id of a test; stable when the run is taken again after a crash. */
  readonly runId: string
  /** Aborts when the run is canceled, timed out or handed back. Every await that can take long must heed it. */
  readonly signal: AbortSignal
  readonly log: Logger
  readonly pacing: Pacing
  readonly state: RunStateStore
  /** Puts a line into the operation log, for the owner of the operation. Plain words, no secrets; a few a run at most. */
  tell(level: 'info' | 'warning', message: string): void
}

/** Up to when a source was read by the last run of an operation that succeeded. */
export interface Watermark {
  /** ISO 8601 in UTC, by the vendor's clock. People may set it. */
  readonly until: string
  /** What the connector wants to find again with it; absent when somebody has set the time. Keep it below 1 MB. */
  readonly details?: JsonValue
}

/** The watermark of an operation over one connection. */
export interface WatermarkKeeper {
  /** Undefined before the first success. */
  get(): Promise<Watermark | undefined>
  /** Told when all was read; the host moves the watermark there once the run has succeeded, and not before. */
  propose(watermark: Watermark): void
}

/** What `read` gets besides: the transformation's needs. */
export interface ReadContext extends RunContext {
  /** The top-level fields the transformation reads; absent = all. A source may use it to ask the vendor for less. */
  readonly fields?: readonly string[]
  /** Absent where nothing is to be remembered: when somebody looks at a few records. */
  readonly watermark?: WatermarkKeeper
}

/**
 * What the host keeps of a batch while it is written, so that a crash in its middle neither loses nor doubles a record.
 * `places` are indexes into the batch.
 */
export interface WriteJournal {
  /**
   * Called right before each request that changes something, every attempt of it. Resolves when it is certain that the
   * run is still ours and, unless the request may be applied twice without harm, that it is durable which records are on
   * their way. Rejects when nothing more may be sent: RUN_LOST, or the reason why the run has to stop.
   */
  sending(places: readonly number[], request: { readonly isRepeatable: boolean }): Promise<void>
  /** Tells what became of a record as soon as that is known; after a crash it is not asked for again. */
  settled(place: number, outcome: WriteOutcome): void
}

/** What `write` gets besides. Its signal aborts later than the run does: what is on its way may still land. */
export interface WriteContext extends RunContext {
  readonly journal: WriteJournal
}

/** One portion of a source, in source order. */
export interface Page {
  readonly records: readonly DataRecord[]
  /** Reading resumed from here yields the records after this page, none twice, none left out. */
  readonly position: Position
  /** How many records the whole read yields, when the source knows it; for the progress display only. */
  readonly total?: number
}

/** What became of one record. `requestId`: what the vendor calls the request that decided, when it tells. */
export type WriteOutcome =
  | { readonly status: 'written'; readonly id?: string; readonly warning?: string; readonly requestId?: string }
  | { readonly status: 'unchanged'; readonly id?: string }
  | {
      readonly status: 'rejected'
      readonly code: string
      readonly message: string
      readonly retryable: boolean
      readonly requestId?: string
    }
  /** The request may or may not have been applied. */
  | { readonly status: 'unknown'; readonly message: string; readonly requestId?: string }

/** What became of a record that was sent when nobody heard the answer; `absent`: it was not applied, and never will be. */
export type Settlement = WriteOutcome | { readonly status: 'absent' }

/** An activity that yields records. */
export interface SourceActivity<C extends Connection = Connection> {
  readonly role: 'source'
  /** Schema of the activity's options; the host refuses an operation whose options do not fit. */
  readonly options: JsonSchema
  /**
   * Called once per attempt of a run. `resumeFrom` is a position that this activity returned earlier, for the same
   * options; undefined = from the start. The host calls `return()` on the iterator when it stops early.
   */
  read(connection: C, options: unknown, resumeFrom: Position | undefined, context: ReadContext): AsyncIterable<Page>
}

/** An activity that takes records. */
export interface TargetActivity<C extends Connection = Connection> {
  readonly role: 'target'
  readonly options: JsonSchema
  /** The most records one `write` takes, 1 or more. */
  batchSize(options: unknown): number
  /**
   * Writes one batch; never called concurrently for one run. When it resolves the batch is safe and the host may save
   * a checkpoint. One outcome per record, same order; a failing record is a value, what ends the work is thrown.
   */
  write(
    connection: C,
    batch: readonly DataRecord[],
    options: unknown,
    context: WriteContext,
  ): Promise<readonly WriteOutcome[]>
  /**
   * Finds out by reading what became of records whose request was announced as not repeatable and then cut off. One
   * settlement per record, same order; what cannot be found out is `unknown`. Absent: all of them are unknown.
   */
  settle?(
    connection: C,
    records: readonly DataRecord[],
    options: unknown,
    context: RunContext,
  ): Promise<readonly Settlement[]>
  /** Called once, after the last batch of a source read to its end; never when the run failed or was canceled. */
  finish?(connection: C, options: unknown, context: RunContext): Promise<void>
}

/** One line of a connection report. */
export interface ConnectionCheck {
  /** What was checked, in a few words: `access token`. */
  readonly name: string
  readonly status: 'passed' | 'warning' | 'failed'
  /** What was found and, when it did not pass, what to do. */
  readonly message: string
}

/** The answer of a connection test. */
export interface ConnectionReport {
  readonly ok: boolean
  /** One sentence for the user: who am I, or what failed. */
  readonly message: string
  /** The error code (see `ConnectorErrorCode`) when `ok` is false. */
  readonly code?: string
  readonly checks: readonly ConnectionCheck[]
  /** What the vendor told of the account: name, plan, quota. No secrets, no personal data. */
  readonly details: { readonly [name: string]: JsonValue }
}

/** An object or sub-object an activity can work on. */
export interface ObjectDescription {
  /** The name options use: `products`. */
  readonly name: string
  /** The name people read: `Products`. */
  readonly label: string
  /** The object this one lives under, for a sub-object. */
  readonly parent?: string
  /** Names of the activities it can be used with. */
  readonly activities: readonly string[]
  /** The vendor will take it away. */
  readonly deprecated?: boolean
}

/** Something that operations do over a connection; names as people wrote them, so they may be wrong. */
export interface ConnectionUse {
  readonly activity: string
  readonly object?: string
  readonly subObject?: string
  /** Names of the keys above a sub-object that are given; what is above need not be read then. */
  readonly keys?: readonly string[]
}

/** A configured, opened account at one vendor. */
export interface Connection {
  /**
   * Finds out who we are and what is missing, also for `uses`: all that the project does over the connection; absent =
   * not known. Resolves with a report for every failure it can name.
   */
  test(context: RunContext, uses?: readonly ConnectionUse[]): Promise<ConnectionReport>
  /** Objects, and under one its sub-objects; `filter` is a case-insensitive part of name or label. */
  objects(filter?: string): Promise<readonly ObjectDescription[]>
  /**
   * Schemas of what an activity takes and yields for an object. Throws `OBJECT_UNKNOWN`. With a context the vendor may be
   * asked for what this account has besides (fields of its own, values that a field may have there): a few small
   * requests, whose failure does not fail the schemas but stands in their keyword `x-live`. Without one nothing is sent.
   */
  schemas(activity: string, object: string, subObject?: string, context?: RunContext): Promise<ActivitySchemas>
  /** Releases everything; called once or more, after all reads and writes have ended, also after a failure. */
  close(): Promise<void>
}

export interface ActivitySchemas {
  readonly request?: JsonSchema
  readonly response?: JsonSchema
  readonly options: JsonSchema
}

/** A connector: the default export of its package. */
export interface Connector<C extends Connection = Connection> {
  /** The short name operations use, `[a-z][a-z0-9-]*`. */
  readonly name: string
  /** Its release, by semver. */
  readonly version: string
  /** What a connection needs. Secrets are marked with `"x-secret": true`. */
  readonly settings: JsonSchema
  /** Makes a connection from settings that fit the schema; sends no request. Throws `SETTINGS_INVALID`. */
  connect(settings: unknown, context: RunContext): Promise<C>
  readonly activities: { readonly [name: string]: SourceActivity<C> | TargetActivity<C> }
}
