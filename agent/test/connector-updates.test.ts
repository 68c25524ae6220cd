import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { ConnectionTest, ConnectorDetail, ConnectorUpdate } from '../api/control.ts'
import { packRelease } from '../registry/archive.ts'
import { type AgentProcess, createHome, poll, startAgentProcess, type TestHome } from './agent-process.ts'
import { type TestRelease, testTrust, writeRelease } from './release.ts'
import { shareRedis } from './shared-redis.ts'

const shared = shareRedis()
let home: TestHome
let agent: AgentProcess | undefined
let server: Server | undefined
beforeEach(async () => {
  home = await createHome()
  await mkdir(packages())
  await shared.redis.flushall()
  await home.write('connections/vendor.yaml', 'connector: small\n')
  await home.write(
    'connections/files.yaml',
    `connector: local-storage\nsettings: { directory: ${home.directory}/files }\n`,
  )
  await home.write(
    'operations/copy.yaml',
    `source: { connection: vendor, activity: Read, options: { until: ${gate()} } }\n` +
      'target: { connection: files, activity: Write, options: { path: "[file].ndjson" } }\n',
  )
})
afterEach(async () => {
  await agent?.stop()
  agent = undefined
  server?.close()
  server = undefined
  await home.delete()
})

const packages = () => join(home.directory, 'packages')
/** Runs read their last record once this file is there. */
const gate = () => join(home.directory, 'gate')

/** A connector whose records tell their release; it goes on until a file is there. */
function source(version: string, reading = ''): string {
  return `import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
async function* read(connection, { until }, from, { signal }) {
  ${reading}
  for (let page = 0; page < 3; page += 1) yield { records: [{ release: '${version}', page }], position: page }
  while (!existsSync(until)) await sleep(20, undefined, { signal })
  yield { records: [{ release: '${version}', page: 3 }], position: 3 }
}
export default {
  name: 'small', version: '${version}', settings: { type: 'object' },
  async connect(settings) {
    const problem = { name: 'ConnectorError', code: 'SETTINGS_INVALID', retryable: false }
    if (settings === null) throw Object.assign(new Error('settings must be an object'), problem)
    return {
      async test() { return { ok: true, message: 'fine', checks: [], details: {} } },
      async objects() { return [] },
      async schemas() { return { options: {} } },
      async close() {},
    }
  },
  activities: { Read: { role: 'source', options: { type: 'object' }, read } },
}
`
}

async function offer(version: string, changes: Partial<TestRelease> = {}): Promise<void> {
  const release = { name: 'small', version, source: source(version), manifest: { agent: '>=0' }, ...changes }
  const folder = await writeRelease(join(home.directory, 'built'), release)
  await writeFile(join(packages(), `small-${version}.tgz`), await packRelease(folder))
}

async function start(...set: readonly string[]): Promise<AgentProcess> {
  agent = await startAgentProcess({
    home,
    redisUrl: shared.server.url,
    set: [
      `connectors.registry=${packages()}`,
      `connectors.trustedKeys=${JSON.stringify(testTrust.keys)}`,
      'runsPerRunner=40',
      ...set,
    ],
  })
  return agent
}

const submit = async (file: string) => (await agent?.submit('copy', { variables: { file } }))?.runId ?? ''

/** The releases that the records of a file came from. */
async function releasesIn(file: string): Promise<readonly string[]> {
  const lines = (await home.read(`files/${file}.ndjson`)).trimEnd().split('\n')
  return lines.map(line => (JSON.parse(line) as { release: string }).release) // our own file
}

const names = (prefix: string) => Array.from({ length: 20 }, (_, index) => `${prefix}-${index}`)

describe('an update', () => {
  test('taken while 20 operations run fails none of them; they end on their release, new ones use the new one', async () => {
    await offer('1.0.0')
    const started = await start()
    const old = await Promise.all(names('old').map(submit))
    for (const runId of old) await started.until(runId, ({ source: from }) => from !== undefined)

    await offer('1.1.0')
    const update = await started.client.post<ConnectorUpdate>('/v1/connectors/small/update', {})
    const current = await Promise.all(names('new').map(submit))
    for (const runId of current) await started.until(runId, ({ source: from }) => from !== undefined)
    await writeFile(gate(), '')
    const ends = await Promise.all([...old, ...current].map(runId => started.ended(runId)))

    expect(update).toMatchObject({
      active: '1.1.0',
      previous: '1.0.0',
      outcome: { tag: 'installed', version: '1.1.0' },
    })
    expect(new Set(ends.map(({ status }) => status))).toEqual(new Set(['success']))
    const read = async (files: readonly string[]) => new Set((await Promise.all(files.map(releasesIn))).flat())
    expect(await read(names('old'))).toEqual(new Set(['1.0.0']))
    expect(await read(names('new'))).toEqual(new Set(['1.1.0']))
    expect(ends.slice(0, 20).every(({ source }) => source === 'small 1.0.0')).toBe(true)
  })

  test('comes with a test of a connection, and stands in the status', async () => {
    await offer('1.0.0')
    const started = await start()
    const before = await started.client.post<ConnectionTest>('/v1/connections/vendor/test')
    await offer('1.1.0')

    const after = await started.client.post<ConnectionTest>('/v1/connections/vendor/test')

    expect([before.version, after.version]).toEqual(['1.0.0', '1.1.0'])
    const { connectors } = await poll(
      () => started.status(),
      status => status.connectors.some(({ active }) => active === '1.1.0'),
    )
    expect(connectors.find(({ name }) => name === 'small')).toMatchObject({
      installed: ['1.1.0', '1.0.0'],
      active: '1.1.0',
      previous: '1.0.0',
      available: '1.1.0',
    })
  })

  test('that is rolled back stays away until the operator forces it', async () => {
    await offer('1.0.0')
    const { client } = await start()
    await client.post('/v1/connectors/small/update', {})
    await offer('1.1.0')
    await client.post('/v1/connectors/small/update', {})

    const detail = await client.post<ConnectorDetail>('/v1/connectors/small/rollback', {})
    await expect(client.put('/v1/connectors/small/pin', { range: '1.1.x' })).rejects.toThrow(
      'connector small has no usable release: 1.1.0 is quarantined: rolled back by the operator',
    )

    expect(detail).toMatchObject({
      active: '1.0.0',
      quarantined: [{ version: '1.1.0', reason: 'rolled back by the operator' }],
    })
    await expect(client.post('/v1/connectors/small/update', {})).rejects.toThrow(
      'connector small 1.1.0 is quarantined: rolled back by the operator',
    )
    const forced = await client.post<ConnectorUpdate>('/v1/connectors/small/update', { version: '1.1.0', force: true })
    expect(forced).toMatchObject({ active: '1.1.0', quarantined: [] })
    expect((await home.read('var/logs/connectors-audit.ndjson')).match(/"action":"[a-z-]+"/g)).toEqual(
      ['installed', 'activated', 'installed', 'activated', 'rolled-back', 'activated', 'activated'].map(
        action => `"action":"${action}"`,
      ),
    )
  })

  test('keeps to a pin, which is fetched when it is not installed', async () => {
    for (const version of ['1.4.1', '2.0.0']) await offer(version)
    const { client } = await start()
    await client.post('/v1/connectors/small/update', {})

    const pinned = await client.put<ConnectorDetail>('/v1/connectors/small/pin', { range: '1.4.x' })
    const unpinned = await client.delete<ConnectorDetail>('/v1/connectors/small/pin')

    expect([pinned.active, pinned.pin, unpinned.active, unpinned.pin]).toEqual(['1.4.1', '1.4.x', '2.0.0', undefined])
    await expect(client.put('/v1/connectors/small/pin', { range: '3.x' })).rejects.toThrow(
      'connector small 3.x is neither installed (installed: 2.0.0, 1.4.1) nor in the registry',
    )
    await expect(client.put('/v1/connectors/small/pin', { range: 'one' })).rejects.toThrow(
      'range: "one" is no version or range of versions',
    )
  })
})

describe('a broken newer release', () => {
  /** Takes 1.0.0, sees runs succeed on it, and updates to a release that passes its smoke test. */
  async function startAndUpdate(reading: string): Promise<AgentProcess> {
    await offer('1.0.0')
    const started = await start()
    await writeFile(gate(), '')
    for (const file of ['good-1', 'good-2']) await started.ended(await submit(file))
    await offer('1.1.0', { source: source('1.1.0', reading) })
    await started.client.post('/v1/connectors/small/update', {})
    return started
  }

  const wentBack = (started: AgentProcess) =>
    poll(
      async () => (await started.status()).connectors.find(({ name }) => name === 'small'),
      connector => connector?.active === '1.0.0',
    )

  test('whose runs fail is rolled back and quarantined, and that is told everywhere', async () => {
    const started = await startAndUpdate(`throw new Error('cannot read')`)
    for (const file of ['a', 'b', 'c', 'd', 'e']) {
      expect(await started.ended(await submit(file))).toMatchObject({ status: 'error', source: 'small 1.1.0' })
    }
    const reason = '5 of 5 runs failed; on 1.0.0 0 of 2 failed'

    expect(await wentBack(started)).toMatchObject({ quarantined: [{ version: '1.1.0', reason }] })
    expect(await started.ended(await submit('f'))).toMatchObject({ status: 'success', source: 'small 1.0.0' })
    expect(started.output()).toContain('"message":"connector release rolled back"')
    const metrics: string[] = []
    for await (const line of started.client.stream('/metrics')) metrics.push(line)
    expect(metrics).toContain('agent_connector_rollbacks_total{connector="small"} 1')
    expect(await home.read('var/logs/connectors-audit.ndjson')).toContain(
      `"action":"rolled-back","connector":"small","version":"1.0.0","from":"1.1.0","by":"watch","reason":"${reason}"`,
    )
    await expect(started.client.post('/v1/connectors/small/update', {})).rejects.toThrow(
      `connector small 1.1.0 is quarantined: ${reason}`,
    )
    await offer('1.1.1')
    expect(await started.client.post('/v1/connectors/small/update', {})).toMatchObject({ active: '1.1.1' })
  })

  test('that kills its runner is rolled back, and the run that it killed goes on with the old one', async () => {
    const started = await startAndUpdate('process.exit(7)')

    const { runId } = await started.submit('copy', { variables: { file: 'killed' } })

    expect(await wentBack(started)).toMatchObject({
      quarantined: [
        {
          version: '1.1.0',
          reason: expect.stringMatching(/^connector small 1\.1\.0 .* ended its process by process\.exit/),
        },
      ],
    })
    expect(await started.ended(runId)).toMatchObject({ status: 'success', source: 'small 1.0.0' })
    expect(await releasesIn('killed')).toEqual(Array.from({ length: 4 }, () => '1.0.0'))
  }, 120_000)
})

describe('the policy disableAutoConnectorUpdate', () => {
  /** A registry that only counts who comes. */
  async function countingRegistry() {
    let count = 0
    const started = createServer(socket => {
      count += 1
      socket.destroy()
    })
    server = started
    await new Promise<void>(resolve => started.listen(0, '127.0.0.1', resolve))
    const address = started.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    return { setting: `connectors.registry=http://127.0.0.1:${port}`, count: () => count }
  }

  test.each([
    ['the configuration', 0],
    ['the API', 0],
    ['nobody', 1],
  ])('set by %s lets a run and a test of a connection reach the registry %i times at least', async (who, least) => {
    const { setting, count } = await countingRegistry()
    await writeRelease(join(home.directory, 'var', 'connectors'), {
      name: 'small',
      version: '1.0.0',
      source: source('1.0.0'),
      manifest: { agent: '>=0' },
    })
    await writeFile(gate(), '')
    const started = await start(setting, `policy.disableAutoConnectorUpdate=${who === 'the configuration'}`)
    if (who === 'the API') await started.client.put('/v1/policy', { disableAutoConnectorUpdate: true })

    const { version } = await started.client.post<ConnectionTest>('/v1/connections/vendor/test')
    const { status } = await started.ended(await submit('one'))

    expect([version, status]).toEqual(['1.0.0', 'success'])
    expect(Math.min(count(), 1)).toBe(least)
  })
})
