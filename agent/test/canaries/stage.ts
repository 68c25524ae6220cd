import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { encryptSecret } from '../../project/secrets.ts'
import { openRedis } from '../../redis.ts'
import type { TestHome } from '../agent-process.ts'
import type { TestRedis } from '../redis.ts'
import { testTrust, writeRelease } from '../release.ts'
import { writeShopProject } from '../shop.ts'
import { canaries } from './canaries.ts'
import { leakySource } from './leaky.ts'

/** What the connector of the stage does, as operations of the same names. */
export const deeds = ['tells', 'throws', 'throwsText', 'dies', 'diesLong'] as const

/** The environment of an agent with secrets in it. */
export const environment = { SHOP_TOKEN: canaries.token, LEAKY_ENV: canaries.env, AGENT_SECRETS_KEY: canaries.key }

/** Gives a Redis a password; the address with it. */
export async function protect(redis: TestRedis): Promise<string> {
  const client = openRedis(redis.url, 'request')
  await client.config('SET', 'requirepass', canaries.redis)
  client.disconnect()
  return redis.url.replace('://', `://:${encodeURIComponent(canaries.redis)}@`)
}

/** All that was ever written into a Redis. */
export async function writtenInto(redisUrl: string): Promise<string> {
  const client = openRedis(redisUrl, 'request')
  const [, directory = ''] = (await client.config('GET', 'dir')) as string[] // as Redis answers
  client.disconnect()
  const log = join(directory, 'appendonlydir')
  return readFile(join(log, 'appendonly.aof.1.incr.aof'), 'utf8')
}

/** A store that refuses everything and repeats the token it was given, in every part of its answer. */
export async function startEcho(): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    const token = String(request.headers['x-auth-token'])
    const body = {
      status: 422,
      title: `${'no good '.repeat(59)} ${token}`,
      detail: token,
      errors: { [token]: `${token} is no name` },
      data: [{ email: canaries.email }],
    }
    request.resume().on('end', () => {
      response.writeHead(422, { 'content-type': 'application/json', 'x-request-id': token })
      response.end(JSON.stringify(body))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return { server, url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}` }
}

/** Writes a home whose every part holds canaries; what an agent needs to know of it, as `--set` takes it. */
export async function writeHome(
  home: TestHome,
  { storeUrl, echoUrl }: { readonly storeUrl: string; readonly echoUrl: string },
): Promise<readonly string[]> {
  const connectors = join(home.directory, 'connectors')
  await writeRelease(connectors, {
    ...{ name: 'leaky', version: '1.0.0', source: leakySource(canaries), manifest: { agent: '*' } },
  })
  await mkdir(join(home.directory, 'var'), { recursive: true })
  await writeFile(join(home.directory, 'var/api-token'), `${canaries.api}\n`, { mode: 0o600 })
  await writeShopProject(home, storeUrl)
  await home.write('connections/shop.yaml', bigcommerce(storeUrl))
  await home.write('connections/echo.yaml', bigcommerce(echoUrl))
  await home.write('secret.txt', canaries.file)
  await home.write('variables.yaml', `token: ${canaries.variable}\n`)
  await home.write('connections/leaky.yaml', JSON.stringify({ connector: 'leaky', settings: settings() }))
  await home.write('connections/broken.yaml', `connector: leaky\nsettings: { clear: "${canaries.brokenFile}\n`)
  await home.write('connections/typo.yaml', `connector: leaky\nsetings: { clear: ${canaries.brokenFile} }\n`)
  await home.write('connections/list.yaml', `connector: leaky\nsettings: { clear: [${canaries.brokenFile}] }\n`)
  for (const does of deeds) await home.write(`operations/${does}.yaml`, operation('leaky', 'Read', `{ does: ${does} }`))
  await home.write('operations/echo.yaml', operation('echo', 'Query', '{ object: products }'))
  await home.write('operations/typo.yaml', operation('typo', 'Read', '{}'))
  await home.write('operations/list.yaml', operation('list', 'Read', '{}'))
  await chmod(join(home.directory, 'var/api-token'), 0o600)
  return [
    `connectors.directory=${connectors}`,
    `connectors.trustedKeys=${JSON.stringify(testTrust.keys)}`,
    'logs.maxFileMegabytes=1',
    'logs.maskFields=["Email"]',
  ]
}

const bigcommerce = (url: string) =>
  `connector: bigcommerce\nsettings: { storeHash: sandbox, accessToken: { env: SHOP_TOKEN }, apiUrl: "${url}" }\n`

const operation = (connection: string, activity: string, options: string) =>
  `source: { connection: ${connection}, activity: ${activity}, options: ${options} }
target: { connection: leaky, activity: Write }
`

function settings() {
  return {
    env: { env: 'LEAKY_ENV' },
    file: { file: 'secret.txt' },
    encrypted: { encrypted: encryptSecret(canaries.encrypted, Buffer.from(canaries.key, 'base64')) },
    clear: canaries.clear,
    variable: '[token]',
    lines: canaries.lines,
  }
}
