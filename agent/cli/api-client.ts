import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { request } from 'undici'
import { ConnectorError, type ConnectorErrorCode, connectorErrors } from '../../connectors/sdk/errors.ts'
import { cliUserAgent } from '../api/submitted-from.ts'
import { AgentError, type AgentErrorCode, agentErrors, toError } from '../errors.ts'
import type { CliIo } from './io.ts'

/** Options of every command that talks to an agent. */
export interface TargetOptions {
  readonly home?: string
  readonly url?: string
  readonly token?: string
  readonly tokenFile?: string
  readonly json?: boolean
}

/** The API of one agent. Answers of the agent's own make are trusted to have their type. */
export interface ApiClient {
  readonly url: string
  /** Throws AGENT_UNREACHABLE, or the error the agent answers. */
  get<T>(path: string): Promise<T>
  post<T>(path: string, body?: unknown): Promise<T>
  put<T>(path: string, body: unknown): Promise<T>
  delete<T>(path: string): Promise<T>
  /** The bytes of an answer, piece by piece. Throws as `get`, before the first one or on the way. */
  bytes(path: string): AsyncIterable<Buffer>
  /** The lines of a streamed answer, until it ends. */
  stream(path: string): AsyncIterable<string>
}

const timeoutMs = 70_000

/**
 * A client for the agent that the options, the environment (AGENT_URL, AGENT_API_TOKEN, AGENT_API_TOKEN_FILE) or the
 * files of the agent home name, in this order; without any of them it is the default address. Requests end when the
 * signal aborts. Throws CONFIG_INVALID.
 */
export function openClient(options: TargetOptions, env: CliIo['env'], signal?: AbortSignal): ApiClient {
  const dataDir = join(resolve(options.home ?? env['AGENT_HOME'] ?? '.'), env['AGENT_DATA_DIR'] ?? 'var')
  const url = baseUrl(
    options.url ?? env['AGENT_URL'] ?? readText(join(dataDir, 'agent.url')) ?? 'http://127.0.0.1:8477',
  )
  const token = tokenOf(options, env) ?? readText(join(dataDir, 'api-token'))
  const bearer = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const headers = { ...bearer, 'user-agent': cliUserAgent }

  async function call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown) {
    const withBody =
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { ...headers, 'content-type': 'application/json' } }
    try {
      return await request(`${url}${path}`, { method, headers, signal, headersTimeout: timeoutMs, ...withBody })
    } catch (thrown) {
      signal?.throwIfAborted()
      throw new AgentError('AGENT_UNREACHABLE', `no agent answers at ${url}: ${reasonOf(thrown)}`, { cause: thrown })
    }
  }

  async function read<T>(answering: ReturnType<typeof call>): Promise<T> {
    const { statusCode, body } = await answering
    const text = await body.text()
    const answer = parseJson(text)
    if (statusCode >= 400 || answer === undefined) throw problemOf(answer, `${url} answers ${statusCode}`)
    return answer as T // the agent's own answer
  }

  async function* bytes(path: string): AsyncGenerator<Buffer, void> {
    const { statusCode, body } = await call('GET', path)
    if (statusCode >= 400) throw problemOf(parseJson(await body.text()), `${url} answers ${statusCode}`)
    try {
      yield* body
    } catch (thrown) {
      signal?.throwIfAborted()
      throw new AgentError('AGENT_UNREACHABLE', `the agent at ${url} hung up: ${reasonOf(thrown)}`, { cause: thrown })
    }
  }

  return {
    url,
    get: path => read(call('GET', path)),
    post: (path, body) => read(call('POST', path, body)),
    put: (path, body) => read(call('PUT', path, body)),
    delete: path => read(call('DELETE', path)),
    bytes,
    stream: path => linesOf(bytes(path)),
  }
}

async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}

/** The error an agent answered; something else that answers at that address is no agent. */
function problemOf(answer: unknown, otherwise: string): Error {
  const { code, detail } = (answer ?? {}) as { code?: unknown; detail?: unknown } // both are looked at below
  if (typeof code !== 'string' || typeof detail !== 'string') {
    return new AgentError('AGENT_UNREACHABLE', `${otherwise}, but not like an agent`)
  }
  if (Object.hasOwn(agentErrors, code)) return new AgentError(code as AgentErrorCode, detail) // one of its keys
  if (Object.hasOwn(connectorErrors, code)) return new ConnectorError(code as ConnectorErrorCode, detail) // likewise
  // An agent newer than this command may have codes that are not in our table.
  return new AgentError('INTERNAL', `${code}: ${detail}`)
}

/** The address without a slash at its end. */
function baseUrl(address: string): string {
  const { protocol, host } = URL.parse(address) ?? {}
  if ((protocol !== 'http:' && protocol !== 'https:') || !host) {
    const wanted = 'it must be like http://127.0.0.1:8477'
    throw new AgentError('CONFIG_INVALID', `${JSON.stringify(address)} is not the address of an agent, ${wanted}`)
  }
  return address.replace(/\/+$/, '')
}

/** The token that flags or environment name; a flag of either kind wins over the environment. */
function tokenOf({ token, tokenFile }: TargetOptions, env: CliIo['env']): string | undefined {
  if (token !== undefined) return token
  if (tokenFile !== undefined) return readToken(tokenFile)
  if (env['AGENT_API_TOKEN'] !== undefined) return env['AGENT_API_TOKEN']
  return env['AGENT_API_TOKEN_FILE'] === undefined ? undefined : readToken(env['AGENT_API_TOKEN_FILE'])
}

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException // of the file system
    throw new AgentError('CONFIG_INVALID', `the token file ${file} cannot be read: ${code}`, { cause: thrown })
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function reasonOf(thrown: unknown): string {
  const { message, cause } = toError(thrown)
  const { code } = thrown as NodeJS.ErrnoException // a refused connection may have no message, only a code
  return message || code || String(cause)
}

function readText(file: string): string | undefined {
  try {
    // An agent that is just starting may have made the file but not written it.
    return readFileSync(file, 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}
