import { Agent, type Dispatcher, request } from 'undici'
import { AgentError, errorCode, toError } from '../errors.ts'

/** One thing to fetch from a registry. */
export interface RegistryRequest {
  readonly address: URL
  /** For messages: `@commerce-agent/bigcommerce 1.0.0`. */
  readonly what: string
  readonly accept: string
  readonly maxBytes: number
  readonly signal: AbortSignal
}

/** Asks one registry. */
export interface RegistryClient {
  /**
   * Fetches something and hands its bytes over as they come; false when it is not there. What the taker throws (disk
   * full) is passed on. Throws REGISTRY_UNAVAILABLE, REGISTRY_REFUSED.
   */
  get(request: RegistryRequest, take: (body: AsyncIterable<Uint8Array>) => Promise<void>): Promise<boolean>
}

/** A client of the registry that `subject` names in messages. It keeps no connection open between requests. */
export function createRegistryClient(options: {
  readonly subject: string
  readonly token: string | undefined
  readonly ca: string | undefined
  readonly timeoutMs: number
}): RegistryClient {
  const { subject, token, ca, timeoutMs } = options

  async function get(
    wanted: RegistryRequest,
    take: (body: AsyncIterable<Uint8Array>) => Promise<void>,
  ): Promise<boolean> {
    const dispatcher = new Agent({
      connect: { timeout: timeoutMs, ...(ca === undefined ? {} : { ca }) },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    })
    try {
      const { statusCode, headers, body } = await send(wanted, dispatcher)
      if (statusCode === 200) {
        await takeBody(wanted, body, take)
        return true
      }
      if (statusCode === 404) return false
      throw answerProblem(wanted, statusCode, headers['location'], await textOf(body))
    } finally {
      await dispatcher.destroy()
    }
  }

  async function send(
    { address, accept, signal }: RegistryRequest,
    dispatcher: Dispatcher,
  ): Promise<Dispatcher.ResponseData> {
    const headers = { accept, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }
    try {
      // Never follows a redirect: it would carry the token elsewhere.
      return await request(address, { headers, signal, dispatcher })
    } catch (thrown) {
      signal.throwIfAborted()
      throw unavailable(thrown)
    }
  }

  /** Errors of the network and of the taker come out of one pipeline; only the former are the registry's. */
  async function takeBody(
    { what, maxBytes, signal }: RegistryRequest,
    body: Dispatcher.ResponseData['body'],
    take: (body: AsyncIterable<Uint8Array>) => Promise<void>,
  ): Promise<void> {
    let bytes = 0
    let broken: unknown
    async function* counted(): AsyncGenerator<Uint8Array> {
      try {
        for await (const chunk of body as AsyncIterable<Uint8Array>) {
          // a stream of bytes, as no encoding is set
          bytes += chunk.length
          if (bytes > maxBytes) throw refused(subject, `sends more than ${maxBytes} bytes for ${what}`)
          yield chunk
        }
      } catch (thrown) {
        broken = thrown
        throw thrown
      }
    }
    try {
      await take(counted())
    } catch (thrown) {
      signal.throwIfAborted()
      if (broken === undefined) throw thrown
      throw errorCode(broken) === undefined ? unavailable(broken) : broken
    }
  }

  function answerProblem(
    { what }: RegistryRequest,
    status: number,
    location: string | string[] | undefined,
    text: string,
  ): AgentError {
    if (status >= 300 && status < 400) {
      const to = typeof location === 'string' && URL.canParse(location) ? ` to ${new URL(location).origin}` : ''
      return refused(
        subject,
        `redirects${to} (${status}) for ${what}; redirects are not followed, name the final address`,
      )
    }
    const said = masked(text)
    const problem = `answers ${status} for ${what}${said === '' ? '' : `: ${said}`}`
    const isPassing = status >= 500 || status === 408 || status === 429
    return isPassing ? new AgentError('REGISTRY_UNAVAILABLE', `${subject}: ${problem}`) : refused(subject, problem)
  }

  function unavailable(thrown: unknown): AgentError {
    const error = toError(thrown)
    const reason = error.message || ('code' in error ? String(error.code) : error.name)
    return new AgentError('REGISTRY_UNAVAILABLE', `${subject}: ${masked(reason)}`, { cause: error })
  }

  /** On one line, short, and without the token, which a registry may repeat. */
  function masked(text: string): string {
    const line = text.replace(/\s+/g, ' ').trim()
    return (token === undefined ? line : line.replaceAll(token, '***')).slice(0, 200)
  }

  return { get }
}

/** The error of a registry that does not do what was asked. */
export function refused(subject: string, problem: string, cause?: unknown): AgentError {
  return new AgentError('REGISTRY_REFUSED', `${subject}: ${problem}`, { cause })
}

/** The beginning of a body. */
async function textOf(body: Dispatcher.ResponseData['body']): Promise<string> {
  let text = ''
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      // a stream of bytes, as no encoding is set
      text += Buffer.from(chunk).toString()
      if (text.length > 1_000) break
    }
  } catch {
    // The status says enough.
  }
  return text
}
