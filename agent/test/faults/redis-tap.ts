import { createRespReader } from './resp.ts'
import { type Fate, forward, type Tap } from './tcp-proxy.ts'
import type { Traps } from './traps.ts'

/** A command on its way to Redis, or its reply on the way back. */
export interface RedisEvent {
  readonly at: 'command' | 'reply'
  /** In capitals. */
  readonly name: string
  readonly args: readonly string[]
}

/** Sees commands and replies in the bytes of a connection. Commands sent together share one fate. */
export function createRedisTap(traps: Traps<RedisEvent>): Tap {
  const commands = createRespReader()
  const replies = createRespReader()
  const pending: Omit<RedisEvent, 'at'>[] = []

  async function springAll(events: readonly RedisEvent[]): Promise<Fate> {
    let fate = forward
    for (const event of events) {
      const own = await traps.spring(event)
      if (fate.tag === 'forward') fate = own
    }
    return fate
  }

  return {
    sent(piece) {
      const sent = commands.take(piece).map(value => {
        const [name = '', ...args] = Array.isArray(value) ? value.map(String) : [String(value)]
        return { name: name.toUpperCase(), args }
      })
      pending.push(...sent)
      return sent.length === 0 ? forward : springAll(sent.map(command => ({ at: 'command', ...command })))
    },
    answered(piece) {
      // What a subscription brings answers nothing.
      const answered = replies.take(piece).flatMap(() => pending.shift() ?? [])
      return answered.length === 0 ? forward : springAll(answered.map(command => ({ at: 'reply', ...command })))
    },
  }
}

const finalStatuses: readonly string[] = ['success', 'success-with-info', 'success-with-warning', 'error', 'canceled']

/** What a command does for a run. `sent` and `settled` are entries of its journal. */
export type RunStep = 'take' | 'sent' | 'settled' | 'save' | 'end' | 'other'

/** The step a command is; undefined: it is about something else. */
export function runStepOf({ name, args }: RedisEvent): RunStep | undefined {
  if (!args.some(arg => /:run:/.test(arg))) return undefined
  const holds = (text: string) => args.some(arg => arg.startsWith('{') && arg.includes(text))
  if (holds('"tag":"sent"')) return 'sent'
  if (holds('"tag":"settled"')) return 'settled'
  if (holds('"counts"')) return 'save'
  if (args.some(arg => finalStatuses.includes(arg))) return 'end'
  if (name === 'HINCRBY' && args.includes('fence')) return 'take'
  return 'other'
}
