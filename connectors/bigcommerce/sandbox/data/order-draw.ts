import { type Address, addressAt, addressesOf, drawAddress, type Person } from './addresses.ts'
import type { CustomerLookup } from './customers.ts'
import { lastDayMs, risingMs } from './dates.ts'
import { createFan } from './fan.ts'
import { drawLine, type LineSource, type OrderLine } from './order-lines.ts'
import { type Discount, drawDiscounts, type LineMoney, type OrderMoney, reckon } from './order-money.ts'
import { drawnStatusIds } from './order-statuses.ts'
import { kinds, type Random, randomOf } from './random.ts'
import { comments, firstNames, lastNames } from './words.ts'

/** An order with its lines and money, before it takes the form of any answer. Every number of its rows comes from here. */
export interface Order {
  /** Its place among all orders, archived ones included, from 0. */
  readonly number: number
  readonly id: number
  readonly isArchived: boolean
  readonly statusId: number
  readonly createdMs: number
  readonly modifiedMs: number
  /** Undefined as long as not everything has left. */
  readonly shippedMs: number | undefined
  /** 0 for a guest. */
  readonly customerId: number
  readonly email: string
  readonly billing: Address
  /** Where it goes; none when all of it is digital. */
  readonly destinations: readonly Destination[]
  readonly lines: readonly OrderedLine[]
  readonly discounts: readonly Discount[]
  readonly money: OrderMoney
  readonly origin: OrderOrigin
}

/** An address of an order with what its shipping costs, in cents. */
export interface Destination {
  readonly id: number
  readonly address: Address
  readonly cost: number
  readonly costTax: number
}

/** A line with what became of it. */
export interface OrderedLine extends OrderLine, LineMoney {
  /** Undefined for digital goods. */
  readonly destinationId: number | undefined
  readonly quantityShipped: number
  readonly quantityRefunded: number
}

/** Where an order came from. */
export interface OrderOrigin {
  readonly source: 'www' | 'mobile' | 'manual' | 'external'
  readonly paymentMethod: string
  readonly externalOrderId: string
  readonly customerMessage: string | null
  readonly staffNotes: string | null
  readonly ip: string
}

/** What orders are made from. */
export interface OrderSource extends LineSource {
  readonly customers: CustomerLookup
  /** How many orders there are, archived ones included. */
  readonly size: number
}

/** Orders start with this id, as in a real store. */
export const firstOrderId = 100
/** After so many orders one was archived. */
export const archivedAfter = 24

/** Most orders are short; one in a hundred is longer than a page of its lines. */
const longOrder = 57
const longOrderLines = 60
const lineFan = createFan(
  Array.from({ length: 100 }, (_, at) =>
    at === longOrder ? longOrderLines : ([1, 2, 1, 3, 1, 1, 2, 4, 1, 2][at % 10] ?? 1),
  ),
)

/** The position of the first line of an order among all lines. */
export function firstLineOf(number: number): number {
  return lineFan.children(number).from
}

/** When the order of that number was made, without drawing the rest of it. */
export function orderMadeMs({ seed, size }: OrderSource, number: number): number {
  return risingMs(number, size, randomOf(seed, kinds.order, number).next())
}

/** Draws the order of that number. */
export function drawOrder(source: OrderSource, number: number): Order {
  const random = randomOf(source.seed, kinds.order, number)
  const createdMs = risingMs(number, source.size, random.next())
  const buyer = drawBuyer(source, number, random)
  const drawn = drawLines(source, number, buyer.billing.taxRate)
  const destinations = drawDestinations(number, drawn, buyer.billing, random)
  const statusId = fittingStatus(random.pick(asTuple(drawnStatusIds)), drawn)
  const discounts = drawDiscounts(drawn, random)
  const lines = drawn.map((line, at) => fateOf(line, { at, all: drawn, statusId, destinations, discounts }))
  const isShipped =
    lines.some(line => !line.isDigital) && lines.every(line => line.isDigital || line.quantityShipped === line.quantity)
  const shippedMs = isShipped ? later(createdMs, random.int(1, 120)) : undefined
  return {
    number,
    id: firstOrderId + number,
    isArchived: number % (archivedAfter + 1) === archivedAfter,
    statusId,
    createdMs,
    modifiedMs: later(shippedMs ?? createdMs, random.int(0, 240)),
    shippedMs,
    ...buyer,
    destinations,
    lines,
    discounts,
    money: reckon({ lines, shipping: destinations, discounts, fee: random.chance(6) ? 250 : 0 }),
    origin: drawOrigin(number, random),
  }
}

/** Some hours later, and still within the years of the data. */
function later(ms: number, hours: number): number {
  return Math.min(ms + hours * 3_600_000, lastDayMs)
}

interface Buyer {
  readonly customerId: number
  readonly email: string
  readonly billing: Address
}

/** A customer that existed when the order was made, or a guest. */
function drawBuyer({ customers, size }: OrderSource, number: number, random: Random): Buyer {
  const before = Math.floor((number / size) * customers.size)
  const share = random.next()
  if (before > 0 && random.chance(85)) {
    const index = Math.floor(share * before)
    const { id, email, firstName, lastName, company, phone } = customers.factsAt(index)
    const { from, to } = addressesOf(index)
    const person: Person = { firstName, lastName, company, phone }
    return { customerId: id, email, billing: to > from ? addressAt(customers, from) : drawAddress(random, person) }
  }
  const guest: Person = { firstName: random.pick(firstNames), lastName: random.pick(lastNames), company: '', phone: '' }
  const email = `${guest.firstName}.${guest.lastName}.guest${number}@example.com`.toLowerCase()
  return { customerId: 0, email, billing: drawAddress(random, guest) }
}

function drawLines(source: OrderSource, number: number, taxRate: number): readonly OrderLine[] {
  const { from, to } = lineFan.children(number)
  const terms = { taxRate, isSingle: to - from === longOrderLines }
  return Array.from({ length: to - from }, (_, at) => drawLine(source, from + at, terms))
}

/** One order in ten with several goods goes to two places. */
function drawDestinations(
  number: number,
  lines: readonly OrderLine[],
  billing: Address,
  random: Random,
): readonly Destination[] {
  const physical = lines.filter(line => !line.isDigital)
  const count = physical.length === 0 ? 0 : physical.length > 1 && random.chance(10) ? 2 : 1
  const isFree = physical.reduce((sum, line) => sum + line.price * line.quantity, 0) >= 20_000
  return Array.from({ length: count }, (_, at) => {
    const cost = isFree ? 0 : 595 + random.int(0, 8) * 100
    const address = at === 0 ? billing : { ...drawAddress(random, billing), taxRate: billing.taxRate }
    return { id: 2 * number + at + 1, address, cost, costTax: Math.round((cost * billing.taxRate) / 10_000) }
  })
}

const shipped: ReadonlySet<number> = new Set([2, 4, 10, 13, 14])
const needsGoods: ReadonlySet<number> = new Set([2, 3, 8, 9])

/** A status that can be true of such lines: digital goods are not shipped, one piece not partially. */
function fittingStatus(statusId: number, lines: readonly OrderLine[]): number {
  const pieces = lines.filter(line => !line.isDigital).reduce((sum, line) => sum + line.quantity, 0)
  if (pieces === 0 && needsGoods.has(statusId)) return 10
  if (statusId === 3 && pieces < 2) return 2
  return statusId === 14 && lines.length < 2 ? 4 : statusId
}

interface Fate {
  readonly at: number
  readonly all: readonly OrderLine[]
  readonly statusId: number
  readonly destinations: readonly Destination[]
  readonly discounts: readonly Discount[]
}

function fateOf(line: OrderLine, { at, all, statusId, destinations, discounts }: Fate): OrderedLine {
  const total = line.price * line.quantity
  const discount = discounts.reduce((sum, { shares }) => sum + (shares[at] ?? 0), 0)
  return {
    ...line,
    destinationId: line.isDigital ? undefined : destinations[at % destinations.length]?.id,
    quantityShipped: line.isDigital
      ? 0
      : shipped.has(statusId)
        ? line.quantity
        : statusId === 3
          ? firstPieces(line, all)
          : 0,
    quantityRefunded: statusId === 4 || (statusId === 14 && at === 0) ? line.quantity : 0,
    total,
    totalTax: line.tax * line.quantity,
    discount,
  }
}

/** Of an order that is partially shipped the first goods have left; of a single line all pieces but one. */
function firstPieces(line: OrderLine, all: readonly OrderLine[]): number {
  const physical = all.filter(one => !one.isDigital)
  if (physical[0] !== line) return 0
  return physical.length > 1 ? line.quantity : line.quantity - 1
}

function drawOrigin(number: number, random: Random): OrderOrigin {
  const source = random.pick(['www', 'www', 'www', 'mobile', 'manual', 'external'] as const)
  return {
    source,
    paymentMethod:
      source === 'manual' ? 'Manual' : random.pick(['Credit Card', 'Credit Card', 'PayPal', 'Bank Deposit']),
    externalOrderId: source === 'external' ? `EXT-${100_000 + number}` : '',
    customerMessage: random.chance(15) ? random.pick(comments) : null,
    staffNotes: random.chance(8) ? 'Pack with care.' : null,
    ip: source === 'manual' || source === 'external' ? '' : `203.0.113.${random.int(1, 254)}`,
  }
}

function asTuple<T>(items: readonly T[]): readonly [T, ...T[]] {
  return items as readonly [T, ...T[]] // the table of statuses is not empty
}
