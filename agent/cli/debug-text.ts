import type { DebugAnswer, DebugList, DebugReset, DebugRun, DebugSwitchEntry } from '../api/debug.ts'
import { formatTable, formatTime } from './format.ts'

/** Values longer than this are shortened on a terminal; `--json` shows all of them. */
const maxValueChars = 300

/** The switches that hold, then the runs with debug data. */
export function listText({ switches, runs, more, encrypt }: DebugList): string {
  const on = switches.map(each => [targetText(each), scopeText(each), formatTime(each.until)])
  const rows = runs.map(({ runId, operation = '', lastAt, sizeBytes, encrypted, steps }) => {
    const isCut = steps.some(({ deletedSegments }) => deletedSegments > 0)
    const notes = [encrypted ? 'encrypted' : '', isCut ? 'oldest deleted' : ''].filter(each => each !== '').join(', ')
    return [runId, operation, formatTime(lastAt), sizeText(sizeBytes), notes]
  })
  const first = on.length === 0 ? 'nothing is switched on\n' : formatTable(['debug logging on for', 'set', 'until'], on)
  const second =
    rows.length === 0 ? 'no run has debug data\n' : formatTable(['run', 'operation', 'last line', 'size', ''], rows)
  const rest = more === 0 ? '' : `and ${more} more, see --limit\n`
  return `${first}${encrypt ? 'debug data is encrypted\n' : ''}\n${second}${rest}`
}

/** What has been switched on. */
export function answerText(answer: DebugAnswer): string {
  return `debug logging is on for ${targetText(answer)} until ${formatTime(answer.until)} (${scopeText(answer)})\n`
}

/** What has been switched off, and what holds all the same. */
export function resetText({ wasOn, switches }: DebugReset): string {
  const still = switches.map(
    each => `still on: ${targetText(each)} until ${formatTime(each.until)} (${scopeText(each)})\n`,
  )
  return `${wasOn ? 'switched off' : 'nothing was switched on there'}\n${still.join('')}`
}

function targetText({ target, name, children }: DebugSwitchEntry): string {
  if (target === 'agent') return 'every run'
  return `${target} ${name}${children ? ' and its children' : ''}`
}

function scopeText({ scope }: DebugSwitchEntry): string {
  return scope === 'group' ? 'for the group' : 'on this agent'
}

/** Which steps there are of a run; the one that follows is marked. */
export function stepsText({ runId, steps }: DebugRun, shown: string): string {
  const texts = steps.map(({ step, sizeBytes }) => `${step === shown ? '*' : ''}${step} (${sizeText(sizeBytes)})`)
  return `run ${runId}: ${texts.join(', ')}\n`
}

/** A line as people read it: the time, what happened, and what is known of it. */
export function debugLineText(json: string): string {
  const { time, note, message, kind, level, logger, number, ...fields } = JSON.parse(json) as {
    readonly [field: string]: unknown // the agent's own line
  }
  if (note !== undefined && time === undefined) return `${String(note)}\n`
  // Of an outcome the message is what the vendor said.
  const what = [kind ?? message, number].filter(each => each !== undefined).join(' ')
  if (kind !== undefined && message !== undefined) Object.assign(fields, { message })
  const loud = level === 'warn' || level === 'error' || level === 'fatal' ? `${String(level).toUpperCase()} ` : ''
  const from = logger === undefined || logger === 'agent.run' ? '' : `[${String(logger).split('.').at(-1)}] `
  const facts = Object.entries(fields).filter(([, value]) => value !== null)
  const known = facts.map(([name, value]) => `${name}=${valueText(value)}`).join(' ')
  return `${clock(time)}  ${loud}${from}${what}${known === '' ? '' : `  ${known}`}\n`
}

function clock(time: unknown): string {
  const at = new Date(String(time))
  return `${formatTime(at.toISOString()).slice(11)}.${String(at.getMilliseconds()).padStart(3, '0')}`
}

function valueText(value: unknown): string {
  const text = typeof value === 'string' && /^[^\s=]+$/.test(value) ? value : JSON.stringify(value)
  const missing = text.length - maxValueChars
  return missing <= 0 ? text : `${text.slice(0, maxValueChars)}… ${missing.toLocaleString('en-US')} more characters`
}

/** `340 B`, `12.3 kB`, `4.5 MB`. */
function sizeText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}
