import { request } from 'undici'
import type { Sandbox } from './sandbox.ts'

/** What a store answered to a test. */
export interface Reply {
  readonly status: number
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined }
  readonly text: string
  /** The body as JSON.parse gives it: a test says by its expectations what it is. */
  readonly body: ReturnType<typeof JSON.parse>
}

/** How a test asks. */
export interface Ask {
  readonly method?: string
  /** Null sends no token at all. Default: one with all scopes. */
  readonly token?: string | null
  readonly storeHash?: string
  /** Sent as JSON; a text is sent as it is. */
  readonly json?: unknown
}

/** Asks a store over its socket for what follows `/stores/<hash>`. */
export async function ask(
  store: Sandbox,
  path: string,
  { method = 'GET', token, storeHash, json }: Ask = {},
): Promise<Reply> {
  const sent = token === undefined ? store.accessToken : token
  const { statusCode, headers, body } = await request(`${store.url}/stores/${storeHash ?? store.storeHash}${path}`, {
    method: method as 'GET', // undici names the methods it knows; the sandbox gets others, too
    headers: { ...(sent === null ? {} : { 'x-auth-token': sent }), 'content-type': 'application/json' },
    ...(json === undefined ? {} : { body: typeof json === 'string' ? json : JSON.stringify(json) }),
  })
  const text = await body.text()
  const isJson = headers['content-type'] === 'application/json' && text !== ''
  return { status: statusCode, headers, text, body: isJson ? JSON.parse(text) : undefined }
}

/** Every record of a v3 list, page after page. */
export async function allV3(store: Sandbox, path: string): Promise<readonly Reply['body'][]> {
  const { body } = await ask(store, path)
  const next: string | undefined = body.meta.pagination.links.next
  return next === undefined ? body.data : [...body.data, ...(await allV3(store, path.replace(/\?.*/, '') + next))]
}
