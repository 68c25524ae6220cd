/**
 * Loaded into the processes of an agent with `--import`, it makes the machine's clock jump: `Date` is off by as many
 * milliseconds as the file TEST_CLOCK_FILE says. Nothing of the agent is changed; timers run as they do.
 */
import { readFileSync } from 'node:fs'

const file = process.env['TEST_CLOCK_FILE']
const lookEveryMs = 20
let lookedAt = Number.NEGATIVE_INFINITY
let shiftMs = 0

function now(): number {
  if (file !== undefined && performance.now() - lookedAt > lookEveryMs) {
    lookedAt = performance.now()
    shiftMs = Number(readFileSync(file, 'utf8'))
  }
  return realNow() + shiftMs
}

const realNow = Date.now
globalThis.Date = new Proxy(Date, {
  construct: (target, given, newTarget) =>
    Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget) as Date, // what its constructor makes
  get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
})
