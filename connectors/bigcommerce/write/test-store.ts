/** A store for tests of writing: records the requests that arrive and gives prepared answers, over a real socket. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as it arrived. */
export interface Arrived {
  readonly method: string
  /** Without the part up to the store hash: `/v3/catalog/products?id:in=1`. */
  readonly path: string
  /** Parsed JSON; undefined where there was no body. */
  readonly body: unknown
}

/** What is answered; a text is sent as it is, anything else as JSON. `cut`: the connection breaks instead. */
export interface Prepared {
  readonly status?: number
  readonly body?: unknown
  readonly headers?: { readonly [name: string]: string }
  readonly cut?: 'before' | 'half'
  /** Answered only when so many requests are waiting together. */
  readonly together?: number
}

/** Makes the answer to a request. */
export type Answerer = (request: Arrived, place: number) => Prepared

/** A running store. */
export interface TestStore {
  readonly url: string
  readonly requests: readonly Arrived[]
  /** The most requests that were being answered at the same time. */
  readonly mostAtOnce: number
  /** Answers requests whose `METHOD /path` matches; the newest that matches counts. */
  on(pattern: RegExp, answer: Prepared | Answerer): void
  close(): Promise<void>
}

/** Starts a store that echoes what it gets until told otherwise. */
export async function startTestStore(): Promise<TestStore> {
  const requests: Arrived[] = []
  const rules: { readonly pattern: RegExp; readonly answer: Answerer }[] = []
  const gather = createGate()
  let open = 0
  let mostAtOnce = 0

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of message) chunks.push(chunk as Buffer) // no encoding is set
    const text = Buffer.concat(chunks).toString('utf8')
    const path = decodeURIComponent((message.url ?? '').replace(/^\/stores\/[^/]+/, ''))
    const request = {
      method: message.method ?? '',
      path,
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    }
    requests.push(request)
    open += 1
    mostAtOnce = Math.max(mostAtOnce, open)
    const rule = rules.findLast(({ pattern }) => pattern.test(`${request.method} ${path}`))
    const prepared = rule?.answer(request, requests.length) ?? echo(request)
    await gather(prepared.together ?? 1)
    open -= 1
    answer(response, prepared)
  }

  const server = createServer((message, response) => void serve(message, response).catch(() => response.destroy()))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    get mostAtOnce() {
      return mostAtOnce
    },
    on: (pattern, prepared) =>
      void rules.push({ pattern, answer: typeof prepared === 'function' ? prepared : () => prepared }),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Holds requests back until so many have come. */
function createGate(): (size: number) => Promise<void> {
  let waiting: (() => void)[] = []
  return async size => {
    if (size <= 1) return
    const opened = new Promise<void>(resolve => waiting.push(resolve))
    if (waiting.length >= size) {
      for (const go of waiting) go()
      waiting = []
    }
    await opened
  }
}

/** A list is answered by a list, each record with an id. */
function echo({ method, body, path }: Arrived): Prepared {
  if (method === 'DELETE') return { status: 204 }
  if (method === 'GET') return { body: { data: [], meta: {} } }
  const data = Array.isArray(body)
    ? body.map((each: object, place) => ({ id: 100 + place, ...each }))
    : { id: 100, ...(body as object) }
  return { body: path.startsWith('/v2/') ? data : { data, meta: {} } }
}

function answer(response: ServerResponse, { status = 200, body, headers = {}, cut }: Prepared): void {
  if (cut === 'before') return void response.socket?.resetAndDestroy()
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)
  const length = status === 204 ? {} : { 'content-length': String(Buffer.byteLength(text)) }
  response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'r1', ...length, ...headers })
  if (cut !== 'half') return void response.end(status === 204 ? '' : text)
  response.write(text.slice(0, text.length / 2), () => response.socket?.destroy())
}
