import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { ClientFigures, ClientTask } from './client-process.ts'

/** All that the scenarios share. */
export interface Bench {
  readonly rounds: number
  /** Records of the scenario; undefined: as many as the issue names. */
  readonly records: number | undefined
  readonly plan: 'standard' | 'tiny'
  /** How long one turn of a client may take where rates are compared. */
  readonly capSeconds: number
  /** Aborted when the benchmark is to stop. */
  readonly signal: AbortSignal
  say(text: string): void
}

/** Lets a client take its turn. Throws with what it printed when it fails. */
export function takeClientTurn(task: ClientTask, signal: AbortSignal): Promise<ClientFigures> {
  const timeoutMs = task.capSeconds * 1_000 + graceMs
  return takeTurnApart<ClientFigures>('client-process.js', { name: task.client, task, timeoutMs, signal })
}

/**
 * Lets a script of this folder do a task, which it gets as JSON, in a process of its own; it prints its figures as JSON.
 * Throws with what it complained of when it fails.
 */
export async function takeTurnApart<Figures>(
  script: string,
  turn: { readonly name: string; readonly task: object; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Figures> {
  const { name, task, timeoutMs, signal } = turn
  signal.throwIfAborted()
  const child = spawn(process.execPath, [join(import.meta.dirname, script), JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  })
  let printed = ''
  let complaint = ''
  child.stdout.on('data', chunk => (printed += chunk))
  child.stderr.on('data', chunk => (complaint += chunk))
  await once(child, 'close') // rejects when aborted
  if (child.exitCode !== 0) throw new Error(`${name}: ${complaint.slice(0, 2_000) || 'took too long'}`)
  return JSON.parse(printed) as Figures // of the script
}

/** A turn may wait for an answer that was asked for before its cap. */
const graceMs = 60_000

/** Contestants take turns, and another begins each round, so that none is always first in the noise of the machine. */
export async function inTurns<Name, Result>(
  names: readonly Name[],
  rounds: number,
  takeTurn: (name: Name, round: number) => Promise<Result>,
): Promise<ReadonlyMap<Name, readonly Result[]>> {
  const results = new Map<Name, Result[]>(names.map(name => [name, []]))
  for (let round = 1; round <= rounds; round += 1) {
    const shift = (round - 1) % names.length
    for (const name of [...names.slice(shift), ...names.slice(0, shift)]) {
      results.get(name)?.push(await takeTurn(name, round))
    }
  }
  return results
}
