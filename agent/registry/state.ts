import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Static, Type } from '@sinclair/typebox'
import Database from 'better-sqlite3'
import { AgentError, toError } from '../errors.ts'
import { parseOnce } from '../parse-once.ts'
import { compileSchema, problemText } from '../schema.ts'

const strict = { additionalProperties: false } as const
const time = Type.String({ format: 'date-time' })

/** A version that failed here; it is not used until the operator says so. */
const quarantined = Type.Object({ version: Type.String(), reason: Type.String(), at: time }, strict)

/** The release in use, since when, and which one was before it. */
const activeRelease = Type.Object(
  { version: Type.String(), since: time, previous: Type.Optional(Type.String()) },
  strict,
)

/** What is remembered of one connector. */
const connectorMemory = Type.Object(
  {
    pin: Type.Optional(Type.String()),
    quarantined: Type.Array(quarantined),
    highestTrusted: Type.Optional(Type.String()),
    /** What runs without a range of their own use, by agent. */
    active: Type.Record(Type.String(), activeRelease),
    lastCheckedAt: Type.Optional(time),
    /** What the registry offered then. */
    available: Type.Optional(Type.String()),
    /** Why the last check brought nothing. */
    problem: Type.Optional(Type.Object({ code: Type.String(), message: Type.String(), at: time }, strict)),
  },
  strict,
)
export type ConnectorMemory = Static<typeof connectorMemory>

const fileSchema = Type.Object({ connectors: Type.Record(Type.String(), connectorMemory) }, strict)
type Memory = Static<typeof fileSchema>

/** What agents remember of the connectors in a releases directory; agents that share it share this. */
export interface ConnectorsState {
  /** Throws CONNECTOR_STATE_INVALID. */
  all(): Promise<{ readonly [name: string]: ConnectorMemory }>
  of(name: string): Promise<ConnectorMemory>
  /** Changes what is remembered of a connector, one after the other over all agents; resolves with it. Throws INSTALL_FAILED too. */
  change(name: string, change: (before: ConnectorMemory) => ConnectorMemory): Promise<ConnectorMemory>
}

/** How long another agent may take over its change. */
const lockMs = 10_000
const nothing: ConnectorMemory = { quarantined: [], active: {} }

/** The state in `state.json` of a releases directory; nothing is written before the first change. */
export function openConnectorsState(directory: string): ConnectorsState {
  const file = join(directory, 'state.json')
  const check = compileSchema(fileSchema)
  let last: Promise<unknown> = Promise.resolve()
  // Each run asks for it.
  const parse = parseOnce(text => {
    const checked = check(parseJson(text, file))
    if (checked.ok) return checked.value
    throw new AgentError('CONNECTOR_STATE_INVALID', `${file}: ${checked.problems.map(problemText).join('; ')}`)
  })

  async function read(): Promise<Memory> {
    const text = await readFile(file, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'ENOENT') return '{"connectors":{}}'
      throw new AgentError('CONNECTOR_STATE_INVALID', `${file} cannot be read: ${thrown.message}`, { cause: thrown })
    })
    return parse(text, file)
  }

  async function changeNow(name: string, change: (before: ConnectorMemory) => ConnectorMemory) {
    try {
      await mkdir(directory, { recursive: true })
      return await locked(join(directory, '.state.lock'), async () => {
        const { connectors } = await read()
        const before = connectors[name] ?? nothing
        const after = change(before)
        if (after !== before) await replace(file, { connectors: { ...connectors, [name]: after } })
        return after
      })
    } catch (thrown) {
      if (thrown instanceof AgentError) throw thrown
      const cause = toError(thrown)
      throw new AgentError('INSTALL_FAILED', `${file} cannot be written: ${cause.message}`, { cause })
    }
  }

  return {
    all: async () => (await read()).connectors,
    of: async name => (await read()).connectors[name] ?? nothing,
    change(name, change) {
      const done = last.then(() => changeNow(name, change))
      last = done.catch(() => undefined)
      return done
    },
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new AgentError('CONNECTOR_STATE_INVALID', `${file} is no JSON`, { cause })
  }
}

/** Readers see the old file or the new one, whatever happens between. */
async function replace(file: string, memory: Memory): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  try {
    const handle = await open(draft, 'wx', 0o640)
    try {
      await handle.writeFile(`${JSON.stringify(memory, null, 2)}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(draft, file)
  } catch (thrown) {
    await rm(draft, { force: true })
    throw thrown
  }
  const folder = await open(dirname(file))
  await folder.sync().finally(() => folder.close())
}

/** The lock is SQLite's, so the system frees it however its holder ends. */
async function locked<T>(file: string, work: () => Promise<T>): Promise<T> {
  const lock = new Database(file, { timeout: 0 })
  try {
    for (const endsAt = performance.now() + lockMs; !taken(lock, performance.now() > endsAt); ) await sleep(20)
    return await work()
  } finally {
    lock.close()
  }
}

function taken(lock: Database.Database, isLast: boolean): boolean {
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return true
  } catch (thrown) {
    if (isLast || (thrown as { readonly code?: unknown }).code !== 'SQLITE_BUSY') throw thrown // an error of SQLite
    return false
  }
}
