import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from '../../../../connectors/bigcommerce/sandbox/sandbox.ts'
import {
  createCustomers,
  createProducts,
  createReviews,
  deleteProducts,
  type OperationKind,
  queryProducts,
  updateProducts,
} from '../operations.ts'
import type { Row } from '../row.ts'
import { forward } from '../tcp-proxy.ts'
import { inFirstHalf, rowAtStore } from './at-store.ts'

const creates = [createProducts, createCustomers, createReviews]

/** Answers that are lost, late, broken or refusals for a while. */
export const answers: readonly Row[] = [
  ...[...creates, updateProducts, deleteProducts].map(operation =>
    answered('applied, then reset', operation, { action: 'reset', applied: true }),
  ),
  ...creates.map(operation => answered('applied, then 504', operation, { status: 504, applied: true })),
  ...creates.map(operation => answered('applied, answer cut in half', operation, { action: 'truncate' })),
  ...[...creates, queryProducts].map(operation =>
    answered('reset before it is applied', operation, { action: 'reset' }),
  ),
  answered('cut in half', queryProducts, { action: 'truncate' }),
  ...[createProducts, updateProducts, queryProducts].map(truncatedJson),
  ...[createProducts, createReviews].map(silentAnswer),
  answered('late by 4 s, three times', createProducts, { delayMs: 4_000, count: 3 }),
  answered('late by 4 s, three times', queryProducts, { delayMs: 4_000, count: 3 }),
  ...[createProducts, queryProducts].map(operation => answered('429 twice', operation, { status: 429, count: 2 })),
  ...[createCustomers, updateProducts].map(operation =>
    answered('429 without headers, four times', operation, { action: 'throttle-without-headers', count: 4 }),
  ),
  answered('500 twice', createProducts, { status: 500, count: 2 }, 2),
  answered('500 twice', queryProducts, { status: 500, count: 2 }),
  answered('502 twice', updateProducts, { status: 502, count: 2 }),
  answered('502 twice', createReviews, { status: 502, count: 2 }, 2),
  answered('503 twice', deleteProducts, { status: 503, count: 2 }),
  answered('503 twice', createCustomers, { status: 503, count: 2 }),
  ...[createProducts, updateProducts, queryProducts].map(storeAway),
  brokenLine(createProducts),
  brokenLine(createReviews),
]

function answered(what: string, operation: OperationKind, fault: Fault, cuts = 1): Row {
  const { method, path } = operation
  return {
    fault: `store: ${what}`,
    operation,
    cuts,
    // A refusal that names the window of the quota is waited for until the window is over.
    isSlow: fault.status === 429 || fault.status === 503 || (fault.delayMs ?? 0) > 0,
    withinSeconds: 180,
    arm(stage) {
      stage.store.fault({ count: 1, ...fault, method, path, after: inFirstHalf(stage) - 1 })
    },
  }
}

/** A whole answer of HTTP whose JSON is not whole. */
function truncatedJson(operation: OperationKind): Row {
  const body = '{"data":[{"id":1,"na'
  const head = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
  return rowAtStore('answer', { fault: 'store: applied, JSON cut short', operation }, () => ({
    tag: 'replace',
    piece: Buffer.from(head + body),
  }))
}

/** Half open: the request arrives and is applied, the answer never comes. */
function silentAnswer(operation: OperationKind): Row {
  const head = { fault: 'store: applied, the answer never comes', operation, isSlow: true, withinSeconds: 180 }
  return rowAtStore('answer', head, () => ({ tag: 'mute' }))
}

function storeAway(operation: OperationKind): Row {
  return rowAtStore('answer', { fault: 'store: nobody listens for 3 s', operation, cuts: 2 }, ({ agent, later }) => {
    const { proxy } = agent.store
    later(async () => {
      await proxy.refuse()
      await sleep(3_000)
      await proxy.accept()
    })
    return forward
  })
}

/** The worst of a bad line: the request may or may not have arrived, and not even the connection is left. */
function brokenLine(operation: OperationKind): Row {
  return {
    fault: 'store: all connections reset, three times',
    operation,
    cuts: 3,
    arm(stage) {
      const { proxy } = stage.agent.store
      const first = inFirstHalf(stage)
      for (const nth of [first, first + 7, first + 15]) {
        stage.atStore('answer', {
          nth,
          act: () => {
            proxy.resetAll()
            return { tag: 'drop' }
          },
        })
      }
    },
  }
}
