import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openProject } from '../project/project.ts'
import { createNpmRegistry } from '../registry/npm-registry.ts'
import { createHome, type TestHome } from '../test/agent-process.ts'
import { testLoader, writeRelease } from '../test/release.ts'
import { checkSupply } from './registry-checks.ts'

let home: TestHome
let server: Server
let url: string
const asked: string[] = []
let answer: { readonly status: number; readonly body: object }

beforeEach(async () => {
  home = await createHome()
  await writeRelease(home.directory, { name: 'small', version: '1.0.0' })
  await home.write('connections/shop.yaml', 'connector: small\n')
  asked.length = 0
  answer = { status: 404, body: {} }
  server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const { status, body } = request.url?.includes('small') === true ? answer : { status: 404, body: {} }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
  await home.delete()
})

function check(isUpdateOff = false) {
  const registry = createNpmRegistry({
    ...{ url, scope: '@acme', token: undefined, ca: undefined, timeoutMs: 5_000, maxPackageBytes: 1e6 },
  })
  const project = openProject(`${home.directory}/project`)
  return checkSupply({ registry, loader: testLoader(home.directory), project, isUpdateOff })
}

describe('checkSupply', () => {
  test('tells what the registry offers', async () => {
    const dist = { tarball: `${url}small-1.1.0.tgz`, integrity: 'sha512-AAAA' }
    answer = {
      status: 200,
      body: { name: 'small', 'dist-tags': { latest: '1.1.0' }, versions: { '1.1.0': { version: '1.1.0', dist } } },
    }

    expect(await check()).toMatchObject([{ check: 'registry', status: 'ok', message: expect.stringMatching('1.1.0') }])
  })

  test('warns of a registry that refuses', async () => {
    answer = { status: 401, body: {} }

    expect(await check()).toMatchObject([
      { check: 'registry', status: 'warning', cure: expect.stringContaining('connectors.token') },
    ])
  })

  test('finds a connection whose connector is nowhere', async () => {
    await home.write('connections/typo.yaml', 'connector: smal\n')

    const findings = await check()

    expect(findings).toMatchObject([
      { check: 'registry', status: 'warning' },
      { check: 'connector of typo', status: 'problem', message: 'smal is not installed' },
    ])
  })

  test('asks nobody while the policy forbids it', async () => {
    expect(await check(true)).toMatchObject([{ check: 'registry', status: 'ok' }])
    expect(asked).toEqual([])
  })
})
