import type { Timed } from './timed-file.ts'
import type { SettingScope } from './timed-settings.ts'

/** What debug logging is switched on for. */
export type DebugTarget =
  | { readonly tag: 'operation'; readonly name: string }
  | { readonly tag: 'run'; readonly runId: string }
  | { readonly tag: 'agent' }

/** What somebody has set. */
export interface SetSwitch extends Timed {
  /** Whether runs count whose parent is a run of the operation. */
  readonly children: boolean
}

/** A switch that holds. */
export interface DebugSwitch extends SetSwitch {
  readonly target: DebugTarget
  readonly scope: SettingScope
}

/** All that hold; small, so that it goes to the runners as a whole. */
export type DebugTable = readonly DebugSwitch[]

/** A run, as switches know it. */
export interface DebuggedRun {
  readonly runId: string
  readonly operation: string
  /** Operations of its parent, of the parent of that, and so on; asked only when a switch takes children. */
  readonly ancestors: () => readonly string[]
}

/** What a target is called in files, in Redis and in messages of ours. */
export function keyOf(target: DebugTarget): string {
  switch (target.tag) {
    case 'operation':
      return `operation:${target.name}`
    case 'run':
      return `run:${target.runId}`
    case 'agent':
      return 'agent'
    default:
      return target satisfies never
  }
}

/** The target that is called so; undefined for what is none of ours. */
function targetOf(key: string): DebugTarget | undefined {
  if (key === 'agent') return { tag: 'agent' }
  const [, tag, name = ''] = /^(operation|run):(.{1,100})$/.exec(key) ?? []
  if (tag === 'operation') return { tag, name }
  return tag === 'run' ? { tag, runId: name } : undefined
}

/** Reads what was kept somewhere; what is not one of ours, perhaps of a later version, is left out. */
export function readSwitches(entries: { readonly [key: string]: unknown }): ReadonlyMap<string, SetSwitch> {
  const switches = new Map<string, SetSwitch>()
  for (const [key, value] of Object.entries(entries)) {
    const { until, children } = (value ?? {}) as { until?: unknown; children?: unknown } // both are looked at below
    const isTime = typeof until === 'string' && !Number.isNaN(Date.parse(until))
    if (isTime && targetOf(key) !== undefined) switches.set(key, { until, children: children === true })
  }
  return switches
}

/** The switches of one scope as the table has them. */
export function tableOf(scope: SettingScope, switches: ReadonlyMap<string, SetSwitch>): DebugTable {
  return [...switches].flatMap(([key, set]) => {
    const target = targetOf(key)
    return target === undefined ? [] : [{ ...set, target, scope }]
  })
}

/** Of the switches that take a run the one that holds longest; undefined when none does. */
export function switchFor(run: DebuggedRun, table: DebugTable, now: number): DebugSwitch | undefined {
  const taking = table.filter(each => Date.parse(each.until) > now && takes(each, run))
  return taking.reduce<DebugSwitch | undefined>(
    (longest, each) => (longest !== undefined && longest.until >= each.until ? longest : each),
    undefined,
  )
}

function takes({ target, children }: DebugSwitch, run: DebuggedRun): boolean {
  switch (target.tag) {
    case 'operation':
      return target.name === run.operation || (children && run.ancestors().includes(target.name))
    case 'run':
      return target.runId === run.runId
    case 'agent':
      return true
    default:
      return target satisfies never
  }
}

/** `operation "Orders" and its children, for the group`. */
export function switchText({ target, children, scope }: Omit<DebugSwitch, 'until'>): string {
  const what = {
    operation: () => `operation ${JSON.stringify('name' in target ? target.name : '')}`,
    run: () => 'this run',
    agent: () => 'everything',
  }[target.tag]()
  return `${what}${children ? ' and its children' : ''}, ${scope === 'group' ? 'for the group' : 'on this agent'}`
}
