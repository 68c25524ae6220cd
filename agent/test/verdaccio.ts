import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fetch } from 'undici'

/** A real npm-compatible registry with nothing in it and no way out. */
export interface Verdaccio {
  readonly url: string
  /** Of a user who may read and publish. */
  readonly token: string
  /** Where it keeps its packages. */
  readonly storage: string
  /** Puts any bytes there as the package of a version, past all checks of `publish`. */
  put(packageName: string, version: string, bytes: Buffer): Promise<void>
  close(): Promise<void>
}

const configuration = (folder: string) => `
storage: ${folder}/storage
auth: { htpasswd: { file: ${folder}/users, algorithm: bcrypt, rounds: 4 } }
uplinks: {}
packages: { '**': { access: $authenticated, publish: $authenticated } }
web: { enable: false }
log: { type: stdout, format: json, level: error }
server: { keepAliveTimeout: 1 }
`

/** Starts a Verdaccio in a process of its own. */
export async function startVerdaccio(): Promise<Verdaccio> {
  const folder = await mkdtemp(join(tmpdir(), 'verdaccio-'))
  const file = join(folder, 'config.yaml')
  await writeFile(file, configuration(folder))
  const entry = join(import.meta.dirname, 'verdaccio-process.js')
  // Neither proxies nor settings of npm from our environment.
  const env = { PATH: process.env['PATH'], HOME: folder }
  const child = spawn(process.execPath, [entry, file], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  try {
    const url = `http://127.0.0.1:${await portOf(child)}`
    const user = { name: 'tester', password: 'tester-password' }
    const { token } = await put<{ token: string }>(`${url}/-/user/org.couchdb.user:tester`, user)
    return {
      url,
      token,
      storage: join(folder, 'storage'),
      async put(name, version, bytes) {
        await put(`${url}/${name.replace('/', '%2f')}`, packument({ url, name, version, bytes }), token)
      },
      close: () => stop(child, folder),
    }
  } catch (thrown) {
    await stop(child, folder)
    throw thrown
  }
}

async function portOf(child: ChildProcess): Promise<string> {
  let said = ''
  child.stderr?.on('data', chunk => {
    said += String(chunk)
  })
  if (child.stdout === null) throw new Error('no stdout')
  for await (const line of createInterface(child.stdout)) {
    const [, port] = /^port (\d+)$/.exec(line) ?? []
    said += `${line}\n`
    if (port === undefined) continue
    // A pipe that nobody reads would stop it.
    child.stdout.resume()
    return port
  }
  throw new Error(`Verdaccio did not start: ${said}`)
}

async function put<T>(address: string, body: unknown, token?: string): Promise<T> {
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  const response = await fetch(address, { method: 'PUT', headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${address}: ${response.status} ${await response.text()}`)
  return (await response.json()) as T // of Verdaccio, in a test
}

function packument(made: { url: string; name: string; version: string; bytes: Buffer }): object {
  const { url, name, version, bytes } = made
  const archive = `${name}-${version}.tgz`
  const dist = {
    integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}`,
    shasum: createHash('sha1').update(bytes).digest('hex'),
    tarball: `${url}/${name}/-/${archive}`,
  }
  const data = { content_type: 'application/octet-stream', data: bytes.toString('base64'), length: bytes.length }
  const versions = { [version]: { name, version, dist } }
  return { _id: name, name, 'dist-tags': { latest: version }, versions, _attachments: { [archive]: data } }
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }
  await rm(folder, { recursive: true, force: true })
}
