import { pino } from 'pino'
import type { DataRecord } from '../../connectors/sdk/connector.ts'
import { toError } from '../errors.ts'
import type { DebugStep } from '../logs/debug-files.ts'
import { type DebugLog, openDebugLog } from '../logs/debug-log.ts'
import { type DebugTable, switchFor, switchText } from '../logs/debug-switches.ts'
import type { AgentLogger, Loggers } from '../logs/loggers.ts'
import type { OperationLogs } from '../logs/operation-log.ts'
import type { Redactor } from '../logs/redact.ts'
import { createTrigger } from './debug-trigger.ts'
import { ancestorsOf, type ParentOf, runFactsOf } from './lineage.ts'
import { maxDebugMs, type OperationDebug, type OperationJob } from './operation.ts'

/** What a run tells its debug log. Nothing of it throws; while debug logging is off a call costs a comparison. */
export interface RunDebug {
  /** Ask it once for a page or a batch, before anything is made for the log. */
  isOn(): boolean
  /** Adds an event: a stage of the run, with what is to be known of it. */
  tell(message: string, fields?: object): void
  /** Adds a line to the input or output of a step. What it says of a record must not tell the fields of that to mask. */
  write(step: DebugStep, line: object, about?: DataRecord): void
  /** The logger whose lines become events, at every level. */
  logger(name: string): AgentLogger
  /** What the job asks for, once it is checked and its secrets are known. */
  know(job: OperationJob, own: OperationDebug | undefined): Promise<void>
  /** Tells how the attempt ended; resolves when all that was told is written, or lost. */
  end(fieldsOf: () => object): Promise<void>
  /** Nothing may be told after it. */
  close(): Promise<void>
}

/** Debug logging that a job or a file of the project asks for; without a time it holds as long as the run. */
interface DebugAsked {
  readonly by: string
  readonly until?: string
}

/** The debug logs of the runs of one runner. */
export interface RunDebugs {
  open(run: OpenedRun): RunDebug
  /** Holds at once, for runs that are under way too. */
  setTable(table: DebugTable): void
  /** Writes what all runs have told, at once: the process is about to end. */
  flushNow(): void
}

/** A run that begins an attempt. */
export interface OpenedRun {
  readonly runId: string
  readonly jobId: string
  readonly data: unknown
  readonly submittedAt: number
}

/** What debug logs are written with. */
export interface RunDebugParts {
  readonly agent: string
  readonly root: string
  readonly maxRunMegabytes: number
  /** Absent: they are not encrypted. */
  readonly readKey?: () => Buffer
  readonly redactor: Redactor
  readonly logs: OperationLogs
  readonly loggers: Loggers
  readonly parentOf: ParentOf
  /** What the file of an operation asks for. */
  readonly debugOf: (operation: string) => Promise<OperationDebug | undefined>
}

const megabyte = 1_048_576

/** Debug logs below a folder, switched by a table that is empty at first. */
export function createRunDebugs(parts: RunDebugParts, first: DebugTable = []): RunDebugs {
  let table = first
  const open = new Set<OpenDebug>()
  return {
    open(run) {
      const debug = openRunDebug(run, parts, () => table)
      open.add(debug)
      debug.look()
      return {
        ...debug,
        async close() {
          open.delete(debug)
          await debug.close()
        },
      }
    },
    setTable(next) {
      table = next
      for (const debug of open) debug.look()
    },
    flushNow() {
      for (const debug of open) debug.flushNow()
    },
  }
}

interface OpenDebug extends RunDebug {
  /** Looks whether the run is switched on now. */
  look(): void
  flushNow(): void
}

function openRunDebug(run: OpenedRun, parts: RunDebugParts, table: () => DebugTable): OpenDebug {
  const { runId } = run
  const facts = runFactsOf(run.data)
  const known = { runId, operation: facts.operation, ancestors: () => ancestorsOf(facts.parent, parts.parentOf) }
  const trigger = createTrigger(run, parts.agent)
  let asked: readonly DebugAsked[] = facts.isDebug ? [byJob] : []
  let log: DebugLog | undefined
  let on: { readonly untilMs: number } | undefined
  const lines = lazy(() => eventLines(json => log?.write('events', json)))
  const stages = lazy(() => lines().child({ logger: 'agent.run' }))

  function look(): void {
    try {
      const why = whyOn(asked, switchFor(known, table(), Date.now()))
      const wasOn = on !== undefined
      if (why === undefined) switchOff()
      else on = { untilMs: why.until === undefined ? Number.POSITIVE_INFINITY : Date.parse(why.until) }
      if (why !== undefined && !wasOn) switchOn(why)
    } catch (thrown) {
      complain(thrown)
    }
  }

  function switchOn({ by, until }: DebugAsked): void {
    log ??= openDebugLog({
      ...{ ...parts, runId, maxBytes: parts.maxRunMegabytes * megabyte },
      onCap: lazy(() => tellRun('warning', 'debug data reached debugLogs.maxRunMegabytes: the oldest goes first')),
      onTrouble: complain,
    })
    stages().info({ by, until, runId }, 'debug logging is on')
    const end = until === undefined ? 'to the end of the run' : `until ${until}`
    tellRun('info', `debug logging is on ${end}, for ${by}; see agent debug show ${runId}`)
    const line = trigger.take()
    if (line !== undefined) write('trigger', line)
  }

  function switchOff(): void {
    if (on === undefined) return
    stages().info({}, 'debug logging is off')
    on = undefined
  }

  async function ofAncestors(): Promise<readonly DebugAsked[]> {
    const files = await Promise.all(
      known.ancestors().map(async name => {
        const asks = await parts.debugOf(name).catch(() => undefined)
        return asks?.children === true ? ofFile(`the file of its ancestor ${JSON.stringify(name)}`, asks) : []
      }),
    )
    return files.flat()
  }

  function ofFile(by: string, asks: OperationDebug | undefined): readonly DebugAsked[] {
    if (asks === undefined) return []
    const untilMs = Date.parse(asks.until)
    if (untilMs <= Date.now() + maxDebugMs) return [{ by, until: new Date(untilMs).toISOString() }]
    tellRun('warning', `debug.until of ${by} lies more than 14 days ahead and is left out: ${asks.until}`)
    return []
  }

  /** Once for each trouble; a run never fails for its debug log. */
  function complain(thrown: unknown): void {
    const error = toError(thrown).message
    tellRun('warning', `the debug log cannot be written, lines of it are lost: ${error}`)
  }

  function tellRun(level: 'info' | 'warning', message: string): void {
    try {
      parts.logs.tell(runId, level, message)
    } catch {
      // The operation log tells of its own trouble elsewhere.
    }
    parts.loggers.get('agent.run')[level === 'info' ? 'info' : 'warn']({ runId, what: message }, 'debug log of a run')
  }

  function isOn(): boolean {
    if (on === undefined) return false
    if (on.untilMs <= Date.now()) look()
    return on !== undefined
  }

  function write(step: DebugStep, line: object, about?: DataRecord): void {
    if (!isOn()) return
    try {
      const masked = about === undefined ? line : maskedAbout(about, line, parts.redactor)
      log?.write(step, JSON.stringify({ time: new Date().toISOString(), ...masked }))
    } catch (thrown) {
      complain(thrown)
    }
  }

  return {
    look,
    isOn,
    write,
    tell(message, fields = {}) {
      if (isOn()) stages().info(fields, message)
    },
    logger: name => lines().child({ logger: name }),
    async know(job, own) {
      asked = [...asked, ...ofFile('its own file', own), ...(await ofAncestors())]
      trigger.know(job)
      look()
      const line = isOn() ? trigger.take() : undefined
      if (line !== undefined) write('trigger', line)
    },
    flushNow: () => log?.flushNow(),
    async end(fieldsOf) {
      const line = isOn() ? trigger.rest() : undefined
      if (line !== undefined) write('trigger', line)
      if (isOn()) stages().info(fieldsOf(), 'attempt ended')
      await log?.flush()
    },
    async close() {
      await log?.flush()
      const lost = log?.lost() ?? 0
      if (lost === 0) return
      tellRun('warning', `${lost.toLocaleString('en-US')} lines of the debug log are lost`)
      stages().warn({ lost }, 'lines of this log are lost')
      await log?.flush()
    },
  }
}

/** Vendors repeat in their words what they were sent. */
function maskedAbout(record: DataRecord, line: object, redactor: Redactor): object {
  const mask = (value: unknown) => (typeof value === 'string' ? redactor.redactAbout(record, value) : value)
  return Object.fromEntries(Object.entries(line).map(([name, value]) => [name, mask(value)]))
}

const byJob: DebugAsked = { by: 'its job' }

/** Of what asks for it that which holds longest. */
function whyOn(asked: readonly DebugAsked[], found: ReturnType<typeof switchFor>): DebugAsked | undefined {
  const bySwitch = found === undefined ? [] : [{ by: switchText(found), until: found.until }]
  const now = new Date().toISOString()
  const holding = [...asked, ...bySwitch].filter(({ until }) => until === undefined || until > now)
  return holding.find(({ until }) => until === undefined) ?? holding.sort((a, b) => compare(b.until, a.until))[0]
}

function compare(a = '', b = ''): number {
  return a < b ? -1 : 1
}

/** A logger as those of the agent log, at every level, whose lines go to `write`. */
function eventLines(write: (json: string) => void): AgentLogger {
  return pino(
    {
      level: 'trace',
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
    },
    { write: (line: string) => write(line.trimEnd()) },
  )
}

/** Made when it is first asked for: few runs are ever looked at. */
function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
