import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Fate, forward, startProxy, type TcpProxy } from './tcp-proxy.ts'

let server: Server
let serverPort: number
/** All the server has got. */
let received: string
let proxy: TcpProxy
const clients: Client[] = []

beforeEach(async () => {
  received = ''
  server = createServer(socket => {
    socket.on('error', () => undefined)
    socket.on('data', piece => {
      received += piece
      socket.write(`<${piece}>`)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  serverPort = (server.address() as { port: number }).port // it listens on TCP
})
afterEach(async () => {
  for (const { socket } of clients.splice(0)) socket.destroy()
  await proxy.close()
  await new Promise(resolve => server.close(resolve))
})

interface Client {
  readonly socket: Socket
  text(): string
  /** Resolves when so much has been got. */
  got(text: string): Promise<void>
  /** The code of the error that ended it, or `end`. */
  readonly over: Promise<string>
}

async function join(): Promise<Client> {
  const socket = connect(proxy.port, '127.0.0.1')
  let text = ''
  socket.on('data', piece => (text += piece))
  const over = new Promise<string>(resolve => {
    socket.once('error', error => resolve((error as NodeJS.ErrnoException).code ?? ''))
    socket.once('end', () => resolve('end'))
  })
  const client: Client = {
    socket,
    text: () => text,
    over,
    async got(wanted) {
      while (!text.includes(wanted)) await once(socket, 'data')
    },
  }
  clients.push(client)
  await once(socket, 'connect')
  return client
}

/** A proxy that gives the first answer of each connection this fate. */
async function withAnswer(fate: Fate): Promise<void> {
  proxy = await startProxy({
    port: serverPort,
    tap: () => {
      let isFirst = true
      return {
        sent: () => forward,
        answered() {
          const own = isFirst ? fate : forward
          isFirst = false
          return own
        },
      }
    },
  })
}

describe('a proxy without trouble', () => {
  test('forwards bytes both ways and counts connections', async () => {
    proxy = await startProxy({ port: serverPort })
    const [one, two] = [await join(), await join()]

    one.socket.write('a')
    two.socket.write('b')
    await Promise.all([one.got('<a>'), two.got('<b>')])

    expect(proxy.connections).toBe(2)
  })

  test('passes an end on', async () => {
    proxy = await startProxy({ port: serverPort })
    const client = await join()

    client.socket.end('last')

    expect(await client.over).toBe('end')
    expect(client.text()).toBe('<last>')
  })
})

describe('the fate of an answer', () => {
  test('reset: the client sees a reset, the server has the request', async () => {
    await withAnswer({ tag: 'reset' })
    const client = await join()

    client.socket.write('a')

    expect(await client.over).toBe('ECONNRESET')
    expect([received, client.text()]).toEqual(['a', ''])
  })

  test('truncate: so many bytes arrive, then it is over', async () => {
    await withAnswer({ tag: 'truncate', bytes: 3 })
    const client = await join()

    client.socket.write('abcdef')

    expect(await client.over).toBe('end')
    expect(client.text()).toBe('<ab')
  })

  test('replace: something else arrives', async () => {
    await withAnswer({ tag: 'replace', piece: Buffer.from('other') })
    const client = await join()

    client.socket.write('a')
    await client.got('other')

    expect(client.text()).toBe('other')
  })

  test('drop: this answer vanishes, the next arrives', async () => {
    await withAnswer({ tag: 'drop' })
    const client = await join()

    client.socket.write('a')
    await untilReceived('a')
    client.socket.write('b')
    await client.got('<b>')

    expect(client.text()).toBe('<b>')
  })

  test('mute: requests arrive for ever, answers never', async () => {
    await withAnswer({ tag: 'mute' })
    const client = await join()

    client.socket.write('a')
    await untilReceived('a')
    client.socket.write('b')
    await untilReceived('ab')

    expect(client.text()).toBe('')
  })
})

describe('a proxy told to', () => {
  test('refuse ends its connections and takes none, until it accepts on the same port', async () => {
    proxy = await startProxy({ port: serverPort })
    const { port } = proxy
    const client = await join()

    await proxy.refuse()
    const refusal = await join().catch(({ code }) => code)
    await proxy.accept()
    const next = await join()
    next.socket.write('a')
    await next.got('<a>')

    expect([await client.over, refusal, proxy.port]).toEqual(['ECONNRESET', 'ECONNREFUSED', port])
  })

  test('hold keeps what is sent until it is released', async () => {
    proxy = await startProxy({ port: serverPort })
    const client = await join()
    proxy.hold()

    client.socket.write('a')
    await turnOfTheLine()
    const meanwhile = received
    proxy.release()
    await client.got('<a>')

    expect([meanwhile, received]).toEqual(['', 'a'])
  })

  test('mute answers lets new connections work', async () => {
    proxy = await startProxy({ port: serverPort })
    const old = await join()
    old.socket.write('a')
    await old.got('<a>')

    proxy.muteAnswers()
    old.socket.write('b')
    await untilReceived('ab')
    const next = await join()
    next.socket.write('c')
    await next.got('<c>')

    expect(old.text()).toBe('<a>')
  })

  test('delay makes each piece wait', async () => {
    proxy = await startProxy({ port: serverPort })
    const client = await join()
    proxy.delay(60)
    const startedAt = performance.now()

    client.socket.write('a')
    await client.got('<a>')

    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(118)
  })

  test('reset all breaks each connection', async () => {
    proxy = await startProxy({ port: serverPort })
    const both = [await join(), await join()]

    proxy.resetAll()

    expect(await Promise.all(both.map(({ over }) => over))).toEqual(['ECONNRESET', 'ECONNRESET'])
  })
})

async function untilReceived(text: string): Promise<void> {
  while (received !== text) await turnOfTheLine()
}

/** Time in which bytes get through on loopback when nothing holds them. */
async function turnOfTheLine(): Promise<void> {
  const other = connect(serverPort, '127.0.0.1')
  await once(other, 'connect')
  other.destroy()
}
