import { type Static, Type } from '@sinclair/typebox'
import { Ajv } from 'ajv'
import { ConnectorError } from '../sdk/errors.ts'

const defaultApiUrl = 'https://api.bigcommerce.com'

/** What a connection to a store needs; titles and descriptions are for forms. */
export const settingsSchema = Type.Object(
  {
    storeHash: Type.String({
      title: 'Store Hash',
      description: 'The part after `/stores/` in the API path of the API account; the whole API path may be pasted.',
      minLength: 1,
    }),
    clientId: Type.Optional(
      Type.String({
        title: 'Client ID',
        description: 'Client ID of the API account; BigCommerce no longer asks for it.',
      }),
    ),
    accessToken: Type.String({
      title: 'Access Token',
      description: 'Access token of the API account.',
      minLength: 1,
      'x-secret': true,
    }),
    apiUrl: Type.Optional(
      Type.String({
        title: 'API URL',
        description: `Where the API is: for a proxy or the sandbox store. https only, except on this machine. Default ${defaultApiUrl}.`,
        'x-advanced': true,
      }),
    ),
    compress: Type.Optional(
      Type.Boolean({
        title: 'Compress answers',
        description: 'Ask for compressed answers. Default: yes, except from this machine.',
        'x-advanced': true,
      }),
    ),
  },
  { additionalProperties: false },
)

/** Settings as the client uses them. */
export interface StoreSettings {
  readonly storeHash: string
  /** `https://api.bigcommerce.com/stores/<hash>`; `/v3/…` or `/v2/…` follows. */
  readonly baseUrl: string
  readonly clientId: string | undefined
  readonly accessToken: string
  readonly compress: boolean
}

const validate = new Ajv({ strict: false, allErrors: true }).compile<Static<typeof settingsSchema>>(settingsSchema)

/** Checks settings and works out where the store's API is. Throws SETTINGS_INVALID, which never repeats a value of a secret. */
export function parseSettings(settings: unknown): StoreSettings {
  if (!validate(settings)) {
    const problems = (validate.errors ?? []).map(({ instancePath, message, params }) => {
      const extra: unknown = params['additionalProperty']
      return `${instancePath.slice(1) || 'settings'} ${message}${typeof extra === 'string' ? `: ${extra}` : ''}`
    })
    throw invalid(problems.join('; '))
  }
  const storeHash = parseStoreHash(settings.storeHash)
  const { apiUrl, isLocal } = parseApiUrl(settings.apiUrl ?? defaultApiUrl)
  // An access token is an HTTP header value: what cannot be one was pasted with something around it.
  if (!/^[\x21-\x7e]+$/.test(settings.accessToken)) {
    throw invalid('accessToken holds spaces or characters that a token cannot have; copy it again')
  }
  return {
    storeHash,
    baseUrl: `${apiUrl}/stores/${storeHash}`,
    clientId: settings.clientId === '' ? undefined : settings.clientId,
    accessToken: settings.accessToken,
    compress: settings.compress ?? !isLocal,
  }
}

function parseStoreHash(given: string): string {
  const [, hash] = /^(?:https?:\/\/[^/]+)?\/?stores\/([^/]+)(?:\/.*)?$/.exec(given.trim()) ?? [undefined, given.trim()]
  if (hash !== undefined && /^[A-Za-z0-9]{1,32}$/.test(hash)) return hash
  throw invalid(
    'storeHash must be letters and digits like abc123xyz, or the whole API path https://api.bigcommerce.com/stores/abc123xyz/v3/',
  )
}

function parseApiUrl(given: string): { readonly apiUrl: string; readonly isLocal: boolean } {
  if (!URL.canParse(given)) throw invalid('apiUrl must be a URL like https://api.bigcommerce.com')
  const { protocol, hostname, origin, pathname, username, search } = new URL(given)
  const isLocal = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
  if (protocol !== 'https:' && !(protocol === 'http:' && isLocal)) {
    throw invalid(`apiUrl must begin with https://, or the access token would travel to ${hostname} in clear text`)
  }
  if (username !== '' || search !== '') throw invalid('apiUrl must not hold a user or a query')
  return { apiUrl: `${origin}${pathname.replace(/\/+$/, '')}`, isLocal }
}

function invalid(problem: string): ConnectorError {
  return new ConnectorError('SETTINGS_INVALID', problem)
}
