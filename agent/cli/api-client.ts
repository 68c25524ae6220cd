import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { request } from 'undici'
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
  /** The lines of a streamed answer, until it ends or the signal aborts. */
  stream(path: string, signal: AbortSignal): AsyncIterable<string>
}

const timeoutMs = 70_000

/**
 * A client for the agent that the options, the environment (AGENT_URL, AGENT_API_TOKEN, AGENT_API_TOKEN_FILE) or the
 * files of the agent home name, in this order; without any of them it is the default address.
 */
export function openClient(options: TargetOptions, env: CliIo['env']): ApiClient {
  const dataDir = join(resolve(options.home ?? env['AGENT_HOME'] ?? '.'), env['AGENT_DATA_DIR'] ?? 'var')
  const url = (
    options.url ??
    env['AGENT_URL'] ??
    readText(join(dataDir, 'agent.url')) ??
    'http://127.0.0.1:8477'
  ).replace(/\/$/, '')
  const tokenFile = options.tokenFile ?? env['AGENT_API_TOKEN_FILE'] ?? join(dataDir, 'api-token')
  const token = options.token ?? env['AGENT_API_TOKEN'] ?? readText(tokenFile)
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }

  async function call(method: 'GET' | 'POST', path: string, body?: unknown) {
    const withBody =
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { ...headers, 'content-type': 'application/json' } }
    try {
      return await request(`${url}${path}`, { method, headers, headersTimeout: timeoutMs, ...withBody })
    } catch (thrown) {
      throw new AgentError('AGENT_UNREACHABLE', `no agent answers at ${url}: ${reasonOf(thrown)}`, { cause: thrown })
    }
  }

  async function read<T>(answering: ReturnType<typeof call>): Promise<T> {
    const { statusCode, body } = await answering
    const text = await body.text()
    if (statusCode < 400) return JSON.parse(text) as T // the agent's own answer
    throw problemOf(text, `${url} answers ${statusCode}`)
  }

  return {
    url,
    get: path => read(call('GET', path)),
    post: (path, body) => read(call('POST', path, body)),
    async *stream(path, signal) {
      const { statusCode, body } = await call('GET', path)
      if (statusCode >= 400) throw problemOf(await body.text(), `${url} answers ${statusCode}`)
      signal.addEventListener('abort', () => body.destroy(), { once: true })
      try {
        yield* linesOf(body)
      } catch (thrown) {
        if (signal.aborted) return
        throw new AgentError('AGENT_UNREACHABLE', `the agent at ${url} hung up: ${reasonOf(thrown)}`, { cause: thrown })
      }
    },
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
function problemOf(text: string, otherwise: string): AgentError {
  try {
    const { code, detail } = JSON.parse(text) as { code?: string; detail?: string } // both are looked at below
    const known = Object.keys(agentErrors).find(each => each === code)
    if (known !== undefined) return new AgentError(known as AgentErrorCode, detail ?? otherwise) // found among its keys
  } catch {
    // Not JSON: told below.
  }
  return new AgentError('AGENT_UNREACHABLE', `${otherwise}, but not like an agent`)
}

function reasonOf(thrown: unknown): string {
  const { message, cause } = toError(thrown)
  const { code } = thrown as NodeJS.ErrnoException // a refused connection may have no message, only a code
  return message || code || String(cause)
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return undefined
  }
}
