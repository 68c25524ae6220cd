import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** What happens to a piece of bytes on its way. */
export type Fate =
  | { readonly tag: 'forward' }
  /** This piece vanishes. */
  | { readonly tag: 'drop' }
  /** This piece and all that follow it in its direction vanish; the connection stays, the other direction works. */
  | { readonly tag: 'mute' }
  /** Both sides see a reset. */
  | { readonly tag: 'reset' }
  /** So many bytes arrive, then the connection is reset. */
  | { readonly tag: 'truncate'; readonly bytes: number }
  /** Something else arrives in its place. */
  | { readonly tag: 'replace'; readonly piece: Buffer }

/** Goes on its way untouched. */
export const forward: Fate = { tag: 'forward' }

/** Looks at what passes through one connection, piece after piece, and decides; while it waits the piece waits too. */
export interface Tap {
  /** From the client to the server. */
  sent(piece: Buffer): Fate | Promise<Fate>
  /** From the server to the client. */
  answered(piece: Buffer): Fate | Promise<Fate>
}

/** A proxy of a test's own between a client and a server on loopback, with the troubles of a network. */
export interface TcpProxy {
  readonly port: number
  /** Connections taken so far. */
  readonly connections: number
  /** Resets all connections there are. */
  resetAll(): void
  /** From now on nobody listens, and there are no connections. */
  refuse(): Promise<void>
  /** Ends `refuse`; the port is the same. */
  accept(): Promise<void>
  /** Nothing arrives any more, in either direction; what is sent waits until `release`, as behind a cut cable. */
  hold(): void
  release(): void
  /** Answers on the connections there are vanish for ever; new connections work. */
  muteAnswers(): void
  /** Each piece takes so long from now on, in either direction. */
  delay(pieceMs: number): void
  close(): Promise<void>
}

/** What a proxy stands before. */
export interface ProxySettings {
  readonly port: number
  /** Called for each connection; absent: everything goes through. */
  readonly tap?: () => Tap
}

const untapped: Tap = { sent: () => forward, answered: () => forward }

/** Starts a proxy on a free loopback port. */
export async function startProxy({ port: targetPort, tap = () => untapped }: ProxySettings): Promise<TcpProxy> {
  const pairs = new Set<Pair>()
  const weather: Weather = { pieceMs: 0, held: undefined }
  let connections = 0
  const server = createServer({ allowHalfOpen: true, noDelay: true }, client => {
    connections += 1
    const upstream = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    const pair: Pair = { client, upstream, isMuted: false }
    pairs.add(pair)
    joinSides(pair, tap(), weather).then(
      () => pairs.delete(pair),
      () => pairs.delete(pair),
    )
  })
  const port = await listen(server, 0)
  const resetAll = () => {
    for (const pair of pairs) reset(pair)
  }
  const release = () => {
    weather.held?.release()
    weather.held = undefined
  }
  const refuse = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    resetAll()
    release()
    await closed
  }
  return {
    port,
    get connections() {
      return connections
    },
    resetAll,
    refuse,
    accept: async () => void (await listen(server, port)),
    hold: () => {
      weather.held ??= gate()
    },
    release,
    muteAnswers: () => {
      for (const pair of pairs) pair.isMuted = true
    },
    delay: pieceMs => {
      weather.pieceMs = pieceMs
    },
    close: refuse,
  }
}

interface Pair {
  readonly client: Socket
  readonly upstream: Socket
  isMuted: boolean
}

/** What holds for all connections at the moment. */
interface Weather {
  pieceMs: number
  held: Gate | undefined
}

interface Gate {
  readonly opened: Promise<void>
  release(): void
}

function gate(): Gate {
  let release = (): void => undefined
  const opened = new Promise<void>(resolve => {
    release = resolve
  })
  return { opened, release }
}

/** Resolves when both directions have ended. */
async function joinSides(pair: Pair, tap: Tap, weather: Weather): Promise<void> {
  const { client, upstream } = pair
  // A broken socket ends its loop below; without a listener it would end the process.
  client.on('error', () => upstream.destroy())
  upstream.on('error', () => client.resetAndDestroy())
  const there = pass({ from: client, to: upstream, pair, weather, decide: piece => tap.sent(piece) })
  const back = pass({
    from: upstream,
    to: client,
    pair,
    weather,
    decide: piece => (pair.isMuted ? { tag: 'mute' } : tap.answered(piece)),
  })
  await Promise.all([there, back])
}

interface Direction {
  readonly from: Socket
  readonly to: Socket
  readonly pair: Pair
  readonly weather: Weather
  readonly decide: (piece: Buffer) => Fate | Promise<Fate>
}

async function pass(direction: Direction): Promise<void> {
  const { from, to, weather, decide } = direction
  let isMuted = false
  try {
    // A side that has said all it has to say may still listen.
    for await (const read of from.iterator({ destroyOnReturn: false })) {
      const piece = read as Buffer // no encoding is set
      if (weather.pieceMs > 0) await delayed(weather.pieceMs)
      while (weather.held !== undefined) await weather.held.opened
      if (isMuted) continue
      const fate = await decide(piece)
      if (fate.tag === 'mute') isMuted = true
      else if (!(await apply(fate, piece, direction))) return
    }
    to.end()
  } catch {
    to.destroy()
  }
}

/** Timers of the weather are not held open: a proxy that is closed lets the process end. */
function delayed(pieceMs: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, pieceMs).unref())
}

/** False when the connection is over. */
async function apply(
  fate: Exclude<Fate, { readonly tag: 'mute' }>,
  piece: Buffer,
  { to, pair }: Direction,
): Promise<boolean> {
  switch (fate.tag) {
    case 'forward':
      await write(to, piece)
      return true
    case 'replace':
      await write(to, fate.piece)
      return true
    case 'drop':
      return true
    case 'truncate':
      await write(to, piece.subarray(0, fate.bytes))
      // A reset may overtake bytes that were not read yet; an end does not.
      to.end()
      pair.client.destroySoon()
      pair.upstream.destroy()
      return false
    case 'reset':
      reset(pair)
      return false
    default:
      return fate satisfies never
  }
}

function reset({ client, upstream }: Pair): void {
  client.resetAndDestroy()
  upstream.resetAndDestroy()
}

async function write(to: Socket, piece: Buffer): Promise<void> {
  if (to.destroyed || !to.writable) return
  if (!to.write(piece)) await Promise.race([once(to, 'drain'), once(to, 'close')])
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      const address = server.address()
      resolve(address !== null && typeof address === 'object' ? address.port : port)
    })
  })
}
