import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createBareLoop } from './bare-loop.ts'
import { createNodeBigcommerce } from './node-bigcommerce-client.ts'
import { cpuSeconds, peakMb } from './process-figures.ts'
import type { ShopClient } from './shop-client.ts'
import { createSpace48 } from './space48-client.ts'
import { contestantToken } from './store.ts'

/** One turn of one client in a process of its own; started by `turns.ts`, prints its figures as one line of JSON. */

/** Whose turn it can be. */
export type ClientName = keyof typeof clients

/** What is to be done in a turn. */
export interface ClientTask {
  readonly client: ClientName
  readonly work: 'read' | 'update' | 'create'
  readonly url: string
  /** NDJSON: where products go, or where the records come from. */
  readonly file: string
  /** The turn ends after the first answer that comes later than this. */
  readonly capSeconds: number
  /** Of the bare loop; default 16. */
  readonly readLanes?: number
}

/** What a turn came to. */
export interface ClientFigures {
  readonly seconds: number
  readonly records: number
  /** It was ended by the cap. */
  readonly isCapped: boolean
  readonly peakMb: number
  readonly cpuSeconds: number
}

const clients = {
  'bare undici loop': (url: string, readLanes?: number) => createBareLoop(url, contestantToken, readLanes),
  'node-bigcommerce': (url: string) => createNodeBigcommerce(url, contestantToken),
  '@space48/bigcommerce-api': (url: string) => createSpace48(url, contestantToken, 1),
  '@space48, tens': (url: string) => createSpace48(url, contestantToken, 10),
}

const task = JSON.parse(process.argv[2] ?? '') as ClientTask // written by turns.ts
process.stdout.write(`${JSON.stringify(await takeTurn(task))}\n`)
process.exit() // idle connections would keep it

async function takeTurn({ client, work, url, file, capSeconds, readLanes }: ClientTask): Promise<ClientFigures> {
  const shop = clients[client](url, readLanes)
  const steps = work === 'read' ? save(shop, file) : write(shop, work, await recordsIn(file))
  const startedAt = performance.now()
  let records = 0
  let isCapped = false
  for await (const count of steps) {
    records += count
    isCapped = performance.now() - startedAt > capSeconds * 1_000
    if (isCapped) break
  }
  const seconds = (performance.now() - startedAt) / 1_000
  return { seconds, records, isCapped, peakMb: peakMb(process.pid), cpuSeconds: cpuSeconds(process.pid) }
}

function write(shop: ShopClient, work: 'update' | 'create', records: readonly unknown[]): AsyncIterable<number> {
  // The scenario has written what the work takes.
  return work === 'update'
    ? shop.update(records as Parameters<ShopClient['update']>[0])
    : shop.create(records as Parameters<ShopClient['create']>[0])
}

async function* save(shop: ShopClient, file: string): AsyncGenerator<number> {
  const out = createWriteStream(file)
  try {
    for await (const page of shop.read()) {
      let text = ''
      for (const record of page) text += `${JSON.stringify(record)}\n`
      if (!out.write(text)) await new Promise<void>(resolve => out.once('drain', () => resolve()))
      yield page.length
    }
  } finally {
    await new Promise<void>(resolve => out.end(resolve))
  }
}

async function recordsIn(file: string): Promise<readonly unknown[]> {
  const text = await readFile(file, 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
}
