import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createNpmRegistry, type NpmRegistryOptions } from './npm-registry.ts'
import type { AvailableRelease, Registry } from './registry.ts'

const token = 'planted-token'
const integrity = 'sha512-AAAA'
const servers: Server[] = []
const seen: { path: string; authorization: string | undefined }[] = []
let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'registry-'))
  seen.length = 0
})
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
  await rm(directory, { recursive: true, force: true })
})

/** A registry on a port of its own; resolves with its address. */
async function serve(answer: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    seen.push({ path: request.url ?? '', authorization: request.headers.authorization })
    answer(request, response)
  })
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function registryAt(url: string, changes: Partial<NpmRegistryOptions> = {}): Registry {
  return createNpmRegistry({ url, scope: '@test', token, timeoutMs: 2_000, maxPackageBytes: 1_000, ...changes })
}

const signal = new AbortController().signal
const list = (registry: Registry) => registry.available('small', signal)
const fetchFrom = (registry: Registry, changes: Partial<AvailableRelease>) => {
  const release = { name: 'small', version: '1.0.0', channels: [], integrity, from: '', ...changes }
  return registry.download(release, join(directory, 'x.tgz'), signal)
}
const packument = (body: unknown) => serve((_request, response) => void response.end(JSON.stringify(body)))

describe('available', () => {
  test('lists versions, the newest first, with their channels, and passes over what is no version', async () => {
    const dist = { tarball: 'http://x/y.tgz', integrity }
    const versions = { '1.9.0': { dist }, '1.10.0': { dist }, '2.0.0-rc.1': { dist }, new: { dist } }
    const url = await packument({ 'dist-tags': { latest: '1.10.0', beta: '2.0.0-rc.1', next: '2.0.0-rc.1' }, versions })

    const found = await list(registryAt(url))

    expect(found.map(({ version, channels }) => [version, channels])).toEqual([
      ['2.0.0-rc.1', ['beta', 'next']],
      ['1.10.0', ['latest']],
      ['1.9.0', []],
    ])
    expect(seen).toEqual([{ path: '/@test%2fsmall', authorization: 'Bearer planted-token' }])
  })

  test('asks below the path of the registry, and needs no token', async () => {
    const url = await packument({ versions: {} })

    await list(registryAt(`${url}/npm/connectors`, { token: undefined }))

    expect(seen).toEqual([{ path: '/npm/connectors/@test%2fsmall', authorization: undefined }])
  })

  test('takes a connector that the registry does not know for one without releases', async () => {
    const url = await serve((_request, response) => void response.writeHead(404).end())

    expect(await list(registryAt(url))).toEqual([])
  })

  test.each([
    [401, 'REGISTRY_REFUSED'],
    [403, 'REGISTRY_REFUSED'],
    [429, 'REGISTRY_UNAVAILABLE'],
    [500, 'REGISTRY_UNAVAILABLE'],
    [503, 'REGISTRY_UNAVAILABLE'],
  ])('tells registry, package and status when it answers %i, never the token', async (status, code) => {
    const url = await serve((_request, response) => void response.writeHead(status).end(`no,\n ${token} is\nnot it`))

    await expect(list(registryAt(url))).rejects.toMatchObject({
      code,
      message: `registry ${url}: answers ${status} for @test/small: no, *** is not it`,
    })
  })

  test('follows no redirect, so the token goes nowhere else', async () => {
    const elsewhere = await packument({ versions: {} })
    const url = await serve((_request, response) => void response.writeHead(302, { location: `${elsewhere}/x` }).end())

    await expect(list(registryAt(url))).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
      message: `registry ${url}: redirects to ${elsewhere} (302) for @test/small; redirects are not followed, name the final address`,
    })
    expect(seen).toHaveLength(1)
  })

  test.each([
    ['<html>', 'is no JSON'],
    ['[]', 'is not of the npm protocol: must be an object'],
    ['{"versions":{"1.0.0":{}}}', 'is not of the npm protocol: /versions/1.0.0/dist: is missing'],
  ])('refuses the answer %s', async (body, problem) => {
    const url = await serve((_request, response) => void response.end(body))

    await expect(list(registryAt(url))).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
      message: `registry ${url}: what it says of @test/small ${problem}`,
    })
  })

  test('refuses a list without end', async () => {
    const url = await serve((_request, response) => {
      const timer = setInterval(() => response.write(Buffer.alloc(1e6, 32)), 1)
      response.on('close', () => clearInterval(timer))
    })

    await expect(list(registryAt(url))).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
      message: `registry ${url}: sends more than 10000000 bytes for @test/small`,
    })
  })

  test.each([
    ['answers', () => undefined],
    ['goes on', (response: Parameters<RequestListener>[1]) => void response.write('{')],
  ])('does not wait for a registry that never %s', async (_what, begin) => {
    const url = await serve((_request, response) => begin(response))

    await expect(list(registryAt(url, { timeoutMs: 300 }))).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: expect.stringContaining(`registry ${url}: `),
    })
  })

  test('says so when nobody listens', async () => {
    const url = await packument({})
    for (const server of servers.splice(0)) await new Promise(resolve => server.close(resolve))

    await expect(list(registryAt(url))).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: expect.stringMatching(/^registry http:.*: connect ECONNREFUSED/),
    })
  })

  test('stops with the reason of its signal', async () => {
    const abort = new AbortController()
    const url = await serve(() => abort.abort(new Error('enough')))

    await expect(registryAt(url).available('small', abort.signal)).rejects.toThrow('enough')
  })
})

describe('download', () => {
  test('writes what the registry sends', async () => {
    const url = await serve((_request, response) => void response.end('package'))

    await fetchFrom(registryAt(url), { from: `${url}/small.tgz` })

    expect(await readFile(join(directory, 'x.tgz'), 'utf8')).toBe('package')
    expect(seen).toEqual([{ path: '/small.tgz', authorization: 'Bearer planted-token' }])
  })

  test.each([
    [{ integrity: 'sha1-AAAA' }, 'gives no SHA-512 of @test/small 1.0.0'],
    [
      { from: 'http://127.0.0.1:1/x.tgz' },
      'wants @test/small 1.0.0 to be fetched from http://127.0.0.1:1, which is not',
    ],
    [{ from: 'no address' }, 'wants @test/small 1.0.0 to be fetched from an address that is none'],
  ])('asks nobody for a package with %j', async (changes, problem) => {
    const url = await packument({})

    await expect(fetchFrom(registryAt(url), { from: url, ...changes })).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
      message: expect.stringContaining(`registry ${url}: ${problem}`),
    })
    expect(seen).toEqual([])
  })

  test('refuses a package that is too large as soon as it is', async () => {
    const url = await serve((_request, response) => void response.write(Buffer.alloc(1_001)))

    await expect(fetchFrom(registryAt(url), { from: url })).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
      message: `registry ${url}: sends more than 1000 bytes for @test/small 1.0.0`,
    })
  })

  test('tells a connection that breaks in the middle from a package', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 900 })
      response.write(Buffer.alloc(100), () => response.destroy())
    })

    await expect(fetchFrom(registryAt(url), { from: url })).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' })
  })

  test('passes errors of the file system on', async () => {
    const url = await serve((_request, response) => void response.end('package'))
    const registry = registryAt(url)
    await fetchFrom(registry, { from: url })

    await expect(fetchFrom(registry, { from: url })).rejects.toMatchObject({ code: 'EEXIST' })
  })

  test('refuses a package that is not there', async () => {
    const url = await serve((_request, response) => void response.writeHead(404).end())

    await expect(fetchFrom(registryAt(url), { from: url })).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
      message: `registry ${url}: answers 404 to the package of @test/small 1.0.0`,
    })
  })
})
