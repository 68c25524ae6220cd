import { randomOf } from './data/random.ts'

/** Keeps what faults draw apart from what records draw. */
const faultKind = 9999

/** Something that goes wrong on purpose. */
export interface Fault {
  /** Prefix of what follows `/stores/<hash>`, query included: `/v3/catalog`, `/v3/catalog/products?page=3`. */
  readonly path?: string
  readonly method?: string
  /** Answer with this status and the body that goes with it: 503 is maintenance, 502 a proxy's HTML, 504 JSON. */
  readonly status?: number
  /** Default: `status` when there is a status. `delay` and `truncate` then give the true answer. */
  readonly action?: 'status' | 'reset' | 'truncate' | 'delay' | 'throttle-without-headers'
  /** Wait before anything else; may go with every action. */
  readonly delayMs?: number
  /** Let so many matching requests pass first. */
  readonly after?: number
  /** How many times; default for ever. */
  readonly count?: number
  /** The request takes effect before the fault answers: what it wrote is there, though nobody was told. */
  readonly applied?: boolean
  /** Of the requests that are due only this share, from 0 to 1, drawn from a seed. Default: all. */
  readonly rate?: number
}

/** What a request has to suffer. */
export interface DueFault {
  readonly action: NonNullable<Fault['action']>
  readonly status: number
  readonly delayMs: number
  readonly isApplied: boolean
}

/** The faults that are set; the first one that is due hits. */
export interface Faults {
  add(fault: Fault): void
  clear(): void
  /** Counts the request against the faults it matches and tells which one hits it. */
  next(method: string, target: string): DueFault | undefined
}

interface Armed {
  readonly fault: Fault
  seen: number
  hits: number
}

/** No faults yet. */
export function createFaults(seed = 1): Faults {
  let armed: Armed[] = []
  const random = randomOf(seed, faultKind, 0)
  return {
    add: fault => {
      checkFault(fault)
      armed.push({ fault, seen: 0, hits: 0 })
    },
    clear: () => {
      armed = []
    },
    next: (method, target) => {
      for (const one of armed) {
        if (!matches(one.fault, method, target)) continue
        one.seen++
        if (one.seen <= (one.fault.after ?? 0) || one.hits >= (one.fault.count ?? Infinity)) continue
        if (random.next() >= (one.fault.rate ?? 1)) continue
        one.hits++
        return due(one.fault)
      }
      return undefined
    },
  }
}

function checkFault({ action, status, delayMs }: Fault): void {
  if (action === undefined && status === undefined && delayMs === undefined) {
    throw new Error('a fault needs an action, a status or a delay')
  }
  if (action === 'status' && status === undefined) throw new Error('a fault with the action status needs a status')
  if (action === 'delay' && delayMs === undefined) throw new Error('a fault with the action delay needs delayMs')
}

function matches(fault: Fault, method: string, target: string): boolean {
  return target.startsWith(fault.path ?? '') && (fault.method ?? method).toUpperCase() === method
}

function due({ action, status, delayMs = 0, applied = false }: Fault): DueFault {
  const what = action ?? (status === undefined ? 'delay' : 'status')
  return { action: what, status: status ?? 0, delayMs, isApplied: applied }
}
