import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { unpack, usualCaps } from '../../registry/archive.ts'
import { readPacked } from '../../registry/pack.ts'
import { checkSignature, type TrustedKey } from '../../registry/signature.ts'
import { connectorSource } from '../../test/release.ts'
import { type CliTest, openCliTest } from '../cli-test.ts'

let cli: CliTest
let directory: string
beforeEach(async () => {
  cli = await openCliTest()
  directory = await mkdtemp(join(tmpdir(), 'author-'))
  await writeConnector({})
})
afterEach(async () => {
  await cli.close()
  await rm(directory, { recursive: true, force: true })
})

const engines = { 'commerce-agent': '>=1 <2' }

/** A built connector in the folder `src`. */
async function writeConnector(more: object): Promise<void> {
  const described = { name: '@acme/small', version: '1.0.0', type: 'module', engines, ...more }
  await mkdir(join(directory, 'src'), { recursive: true })
  await writeFile(join(directory, 'src', 'index.js'), connectorSource('small', '1.0.0'))
  await writeFile(join(directory, 'src', 'package.json'), JSON.stringify(described))
}

const connectors = (...args: readonly string[]) => cli.run(['connectors', ...args])
const packed = () => join(directory, 'small-1.0.0.tgz')
const manifestOf = async () => (await readPacked(packed(), new AbortController().signal)).manifest

async function keygen(): Promise<{ readonly file: string; readonly trusted: TrustedKey; readonly stdout: string }> {
  const { stdout } = await connectors('keygen', '--out', directory)
  const file = /private key: (\S+)/.exec(stdout)?.[1] ?? ''
  const config = parse(stdout.slice(stdout.indexOf('connectors:'))) as { connectors: { trustedKeys: TrustedKey[] } }
  const [trusted] = config.connectors.trustedKeys
  return { file, stdout, trusted: trusted ?? { id: '', publicKey: '' } }
}

const pack = (...more: readonly string[]) => connectors('pack', join(directory, 'src'), '--out', directory, ...more)

describe('keygen', () => {
  test('writes a private key for its owner only, and prints what the configuration needs', async () => {
    const { file, trusted, stdout } = await keygen()

    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(JSON.parse(await readFile(file.replace('.key', '.pub'), 'utf8'))).toEqual(trusted)
    expect(stdout).not.toContain('BEGIN')
    const check = await cli.run(['config', 'check', '--set', `connectors.trustedKeys=${JSON.stringify([trusted])}`], {
      env: {},
    })
    expect(check.stdout).toBe('the configuration is valid\n')
  })
})

describe('pack', () => {
  test('takes what it needs from package.json and signs', async () => {
    const { file, trusted } = await keygen()

    const { stdout } = await pack('--key', file)

    const manifest = await manifestOf()
    expect(stdout).toBe(`${packed()}: small 1.0.0, 2 files, signed with ${trusted.id}\n`)
    expect(manifest).toMatchObject({ name: 'small', version: '1.0.0', agent: '>=1 <2', main: 'index.js' })
    expect(checkSignature(manifest, { keys: [trusted], allowUnsigned: false }).tag).toBe('trusted')
  })

  test('gives the same bytes twice', async () => {
    await pack()
    const first = await readFile(packed())
    await pack()

    expect((await readFile(packed())).equals(first)).toBe(true)
  })

  test('says when it did not sign', async () => {
    expect((await pack()).stdout).toContain('NOT SIGNED')
  })

  test.each<readonly [string, () => Promise<unknown>, string]>([
    [
      'no agents',
      () => writeConnector({ engines: {} }),
      'add their versions to package.json as engines.commerce-agent',
    ],
    ['CommonJS', () => writeConnector({ type: 'commonjs' }), 'package.json needs "type": "module"'],
    ['a main file that is not there', () => writeConnector({ main: 'dist.js' }), 'does not list its main file'],
    ['a version that is none', () => writeConnector({ version: 'one' }), 'has a version that is not semver: "one"'],
    ['a key', () => writeFile(join(directory, 'src', 'a.key'), ''), 'holds what may be a secret key: a.key'],
    ['packages', () => mkdir(join(directory, 'src', 'node_modules')), 'holds node_modules'],
    ['no package.json', () => rm(join(directory, 'src', 'package.json')), 'package.json: cannot be read'],
  ])('refuses a folder with %s', async (_what, damage, problem) => {
    await damage()

    const { stderr, exitCode } = await pack()

    expect(stderr).toContain(problem)
    expect(exitCode).toBe(1)
    expect(await readdir(directory)).toEqual(['src'])
  })

  test('refuses a file that is no key', async () => {
    const { stderr, exitCode } = await pack('--key', join(directory, 'src', 'index.js'))

    expect(stderr).toContain('holds no Ed25519 private key in PEM')
    expect(exitCode).toBe(2)
  })
})

describe('sign', () => {
  test('puts its signature in the place of another', async () => {
    const [old, current] = [await keygen(), await keygen()]
    await pack('--key', old.file)

    const { stdout } = await connectors('sign', packed(), '--key', current.file)

    expect(stdout).toContain(`signed with ${current.trusted.id}`)
    expect(checkSignature(await manifestOf(), { keys: [current.trusted], allowUnsigned: false }).tag).toBe('trusted')
  })

  test('does not sign a folder whose files are not those of its list', async () => {
    const { file } = await keygen()
    await pack()
    await mkdir(join(directory, 'out'))
    await unpack(packed(), join(directory, 'out'), usualCaps, new AbortController().signal)
    await writeFile(join(directory, 'out', 'index.js'), 'evil')

    const { stderr } = await connectors('sign', join(directory, 'out'), '--key', file)

    expect(stderr).toContain('size of index.js does not match')
  })
})

describe('publish', () => {
  let server: Server
  let asked: { readonly request: IncomingMessage; readonly body: string }[]
  let answers: { readonly [method: string]: readonly [number, string] }
  beforeEach(async () => {
    asked = []
    answers = { GET: [404, '{}'], PUT: [201, '{}'] }
    server = createServer(async (request, response) => {
      asked.push({ request, body: await readAll(request) })
      const [status, body] = answers[request.method ?? ''] ?? [405, '']
      response.writeHead(status).end(body)
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    await pack()
  })
  afterEach(() => new Promise(resolve => server.close(resolve)))

  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on a port

  test('puts a package into an npm-compatible registry as npm does', async () => {
    const { stdout } = await cli.run(
      ['connectors', 'publish', packed(), '--registry', url(), '--token-env', 'TOKEN', '--tag', 'beta'],
      { env: { TOKEN: 'planted' } },
    )

    const put = asked.find(({ request }) => request.method === 'PUT')
    const body = JSON.parse(put?.body ?? '{}')
    expect(stdout).toBe(`published ${url()}/@acme/small/-/small-1.0.0.tgz\n`)
    expect([put?.request.url, put?.request.headers.authorization]).toEqual(['/@acme%2fsmall', 'Bearer planted'])
    expect(body['dist-tags']).toEqual({ beta: '1.0.0' })
    expect(Buffer.from(body._attachments['@acme/small-1.0.0.tgz'].data, 'base64')).toEqual(await readFile(packed()))
    expect(body.versions['1.0.0'].dist.integrity).toMatch(/^sha512-/)
  })

  test.each<readonly [string, () => void, string]>([
    [
      'the version is there',
      () => {
        answers = { GET: [200, '{"versions":{"1.0.0":{}}}'] }
      },
      'REGISTRY_REFUSED: registry http://127.0.0.1:',
    ],
    [
      'the token is wrong',
      () => {
        answers = { GET: [404, ''], PUT: [401, 'who are you'] }
      },
      'answers 401 to PUT /@acme%2fsmall: who are you',
    ],
    [
      'the registry fails',
      () => {
        answers = { GET: [503, 'later'] }
      },
      'REGISTRY_UNAVAILABLE',
    ],
  ])('tells when %s', async (_what, prepare, problem) => {
    prepare()

    const { stderr, exitCode } = await connectors('publish', packed(), '--registry', url())

    expect(stderr).toContain(problem)
    expect(exitCode).toBe(1)
  })

  test('copies into a folder, once', async () => {
    await mkdir(join(directory, 'registry'))
    const again = () => connectors('publish', packed(), '--registry', join(directory, 'registry'))

    const [first, second] = [await again(), await again()]

    expect(first.stdout).toContain('published')
    expect(second.stderr).toContain(`${basename(packed())} is published already`)
    expect(await readdir(join(directory, 'registry'))).toEqual([basename(packed())])
  })

  test('tells that the variable of the token is not set', async () => {
    const { stderr, exitCode } = await connectors('publish', packed(), '--registry', url(), '--token-env', 'NOT_SET')

    expect(stderr).toContain('NOT_SET of --token-env is not set')
    expect(exitCode).toBe(2)
  })
})
