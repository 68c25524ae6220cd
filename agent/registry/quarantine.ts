import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

/** Within a releases directory, so that a release can leave it by a rename. No name of a connector begins with a dot. */
const quarantineName = '.quarantine'

/** What other machines leave behind is taken for dead after so long; no install takes nearly as long. */
const foreignMs = 60 * 60_000

/**
 * Gives `work` a new folder in the quarantine of a releases directory and removes it afterwards. Its name tells whose it
 * is (`<host>.<pid>.<start>.<random>`), so that leftovers of killed processes can be told from the work of living ones.
 */
export async function inQuarantine<T>(directory: string, work: (folder: string) => Promise<T>): Promise<T> {
  const own = [hostId(), process.pid, startOf(process.pid), randomBytes(6).toString('hex')].join('.')
  const folder = join(directory, quarantineName, own)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  try {
    return await work(folder)
  } finally {
    // What cannot be removed now is removed by the next agent that starts.
    await rm(folder, { recursive: true, force: true }).catch(() => undefined)
  }
}

/** Removes what killed installs left in a releases directory. For the start of an agent; installs do it too. */
export async function cleanQuarantine(directory: string): Promise<void> {
  const quarantine = join(directory, quarantineName)
  const names = await readdir(quarantine).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return []
    throw thrown
  })
  for (const name of names) {
    const folder = join(quarantine, name)
    // What another user left is that user's to remove, and in nobody's way.
    if (await isDead(name, folder)) await rm(folder, { recursive: true, force: true }).catch(() => undefined)
  }
}

async function isDead(name: string, folder: string): Promise<boolean> {
  const [, host, pid, start] = /^([0-9a-f]{12})\.(\d+)\.(\d+)\.[0-9a-f]+$/.exec(name) ?? []
  if (host === hostId()) return !isAlive(Number(pid), start ?? '')
  // Two agents in containers of their own share a folder, but do not see each other's processes.
  const changed = await stat(folder).then(
    ({ mtimeMs }) => mtimeMs,
    () => Date.now(),
  )
  return Date.now() - changed > foreignMs
}

function isAlive(pid: number, start: string): boolean {
  try {
    process.kill(pid, 0)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EPERM') return false // errors of process.kill have one
  }
  return startOf(pid) === start
}

/** When a process began, in ticks since the system did (proc(5), field 22); 0 where the system does not say it. */
function startOf(pid: number): string {
  const fields = textOf(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  // The name of the program stands in brackets and may hold anything.
  return fields.slice(fields.lastIndexOf(')') + 2).split(' ')[19] ?? '0'
}

/** This machine since it started, and within it this space of process ids. */
function hostId(): string {
  const boot = textOf(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'))
  const space = textOf(() => readlinkSync('/proc/self/ns/pid'))
  return createHash('sha256').update(`${hostname()} ${boot} ${space}`).digest('hex').slice(0, 12)
}

function textOf(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}
