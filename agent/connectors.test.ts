import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { loadConfig } from './config/load.ts'
import type { Config } from './config/schema.ts'
import { installRules, openLoader } from './connectors.ts'
import { install } from './registry/installer.ts'
import { openRegistry } from './registry/registry.ts'
import { testCertificate } from './test/certificate.ts'

let home: string
let server: Server | undefined
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'connectors-'))
})
afterEach(async () => {
  server?.closeAllConnections()
  server?.close()
  server = undefined
  await rm(home, { recursive: true, force: true })
})

const signal = new AbortController().signal

function configWith(...set: readonly string[]): Config {
  return loadConfig({ env: {}, set: [`connectors.directory=${join(home, 'releases')}`, ...set], home }).config
}

/** Installs the newest release that the configured registry has of a connector. */
async function installNewest(config: Config, name: string) {
  const registry = openRegistry(config)
  const [offer] = await registry.available(name, signal)
  if (offer === undefined) throw new Error(`${registry.describe()} has no ${name}`)
  return install(offer, registry, { ...installRules(config), signal })
}

describe('without a registry in the configuration', () => {
  test.each(['bigcommerce', 'local-storage', 'variable'])(
    '%s that came with the agent is installed and loads',
    async name => {
      const config = configWith()

      const { directory } = await installNewest(config, name)

      const { release } = await openLoader(config).load(name)
      expect(release.directory).toBe(directory)
      expect(directory).toContain(join(home, 'releases', name))
    },
  )
})

describe('a registry in the configuration', () => {
  const embedded = join(import.meta.dirname, '..', 'registry')

  test('may be a folder, whose releases count only when their key is listed', async () => {
    const config = configWith(`connectors.registry=${embedded}`)

    await expect(installNewest(config, 'variable')).rejects.toMatchObject({ code: 'CONNECTOR_UNTRUSTED' })
  })

  test('does not make the releases that came with the agent count for less', async () => {
    const config = configWith(`connectors.registry=${embedded}`)

    expect((await openLoader(config).load('variable')).signature.tag).toBe('trusted')
  })

  test('is found from the agent home when its path is relative', () => {
    expect(openRegistry(configWith('connectors.registry=packages')).describe()).toBe(
      `registry ${join(home, 'packages')}`,
    )
  })

  test('caps what is downloaded and unpacked', () => {
    const config = configWith('connectors.maxPackageMegabytes=3', 'connectors.maxUnpackedMegabytes=7')

    expect(installRules(config).caps).toMatchObject({ packedBytes: 3e6, unpackedBytes: 7e6 })
  })

  test.each(['https://user:password@npm.example.com', 'https://', 'http:x'])('may not be %s', registry => {
    expect(() => configWith(`connectors.registry=${registry}`)).toThrow(
      /connectors.registry is not valid: Where connectors/,
    )
  })

  test('with a port that is none is refused', () => {
    expect(() => openRegistry(configWith('connectors.registry=http://127.0.0.1:99999'))).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: 'connectors.registry is no address' }),
    )
  })
})

describe('caFile', () => {
  async function configOverTls(...set: readonly string[]): Promise<Config> {
    const started = createServer(testCertificate, (_request, response) => void response.end('{"versions":{}}'))
    server = started
    await new Promise<void>(resolve => started.listen(0, '127.0.0.1', resolve))
    const { port } = started.address() as AddressInfo
    return configWith(`connectors.registry=https://127.0.0.1:${port}`, ...set)
  }

  test('names who answers for the registry', async () => {
    await writeFile(join(home, 'ca.pem'), testCertificate.cert)
    const config = await configOverTls('connectors.caFile=ca.pem')

    expect(await openRegistry(config).available('small', signal)).toEqual([])
  })

  test('is needed when the certificate is of the house', async () => {
    const config = await configOverTls()

    await expect(openRegistry(config).available('small', signal)).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: expect.stringContaining('self-signed certificate'),
    })
  })

  test('has to be there', async () => {
    const config = await configOverTls('connectors.caFile=missing.pem')

    expect(() => openRegistry(config)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('connectors.caFile cannot') }),
    )
  })
})
