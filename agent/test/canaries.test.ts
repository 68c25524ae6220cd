import { writeSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Queue } from 'bullmq'
import { type Sandbox, startSandbox } from '../../connectors/bigcommerce/sandbox/sandbox.ts'
import { debugSteps } from '../logs/debug-files.ts'
import { jobName, queueNameOf } from '../queue.ts'
import { openRedis } from '../redis.ts'
import { hasEnded, type RunSummary } from '../run/status.ts'
import { type AgentProcess, createHome, poll, startAgentProcess, type TestHome } from './agent-process.ts'
import { canaries, canariesIn } from './canaries/canaries.ts'
import { answerTo, filesBelow, printedBy, type Sink } from './canaries/sinks.ts'
import { deeds, environment, protect, startEcho, writeHome, writtenInto } from './canaries/stage.ts'
import { type Collector, startCollector } from './collector.ts'
import { startRedis, type TestRedis } from './redis.ts'

let redis: TestRedis
let redisUrl: string
let home: TestHome
let store: Sandbox
let collector: Collector
let echo: { readonly url: string; readonly server: Server }
let agent: AgentProcess
const runs = new Map<string, RunSummary>()
const sinks: Sink[] = []

/** Everything is done once, with verbose logs; the tests look at what is left of it. */
beforeAll(async () => {
  ;[redis, home, echo, collector, store] = await Promise.all([
    startRedis(),
    createHome(),
    startEcho(),
    startCollector(),
    startSandbox({ products: 50, plan: 'unlimited', tokens: [{ accessToken: canaries.token, scopes: 'all' }] }),
  ])
  redisUrl = await protect(redis)
  const set = await writeHome(home, { storeUrl: store.url, echoUrl: echo.url })
  const telling = [`telemetry.tracesUrl=${collector.url}`, 'metrics.logSeconds=1', 'logs.level=trace', 'runners=2']
  const env = { ...environment, AGENT_TELEMETRY_HEADERS: `authorization=Bearer%20${canaries.collector}` }
  agent = await startAgentProcess({ home, redisUrl, env, set: [...set, ...telling] })
  await agent.client.put('/v1/debug/agent', { for: '1h' })
  for (const name of [...deeds, 'products', 'echo', 'typo', 'list']) await run((await agent.submit(name)).runId)
  await run(await enqueueInline(redisUrl))
  sinks.push(...(await answers()))
  sinks.push(...(await commands()))
  await agent.stop()
  sinks.push({ ...(await command('logs', '--json', '--since', '1h')), name: 'agent logs of a stopped agent' })
  sinks.push({ name: 'stdout and stderr of the agent', text: agent.output() })
  const isSecretFile = (path: string) => ['api-token', 'secret.key'].includes(path)
  sinks.push(...(await filesBelow(`${home.directory}/var`, isSecretFile)))
  sinks.push({ name: 'traces sent to a collector', text: collector.bodies.join('\n') })
  sinks.push({ name: 'all ever written into Redis', text: await writtenInto(redisUrl) })
}, 300_000)
afterAll(async () => {
  await agent.stop()
  echo.server.close()
  await Promise.all([store.close(), redis.close(), collector.close()])
  await home.delete()
})

/** Waits for the end of a run, which may have to die three times. */
async function run(runId: string): Promise<void> {
  const ended = await poll(
    () => agent.client.get<RunSummary>(`/v1/runs/${runId}`).catch(() => undefined),
    found => found !== undefined && hasEnded(found.status),
    60_000,
  )
  if (ended !== undefined) runs.set(ended.operation, ended)
}

/**
 * What a sink holds beside data: records that are kept to be repaired have their fields, and whoever puts a definition
 * into the queue writes its secret there, not the agent.
 */
function withoutData({ name, text }: Sink): string {
  if (!/agent\.db|\/rejected|Redis/.test(name)) return text
  return text.replaceAll(`"email":"${canaries.email}"`, '').replaceAll(`"inline":"${canaries.inline}"`, '')
}

/** Puts a job into the queue whose definition brings a secret along, in clear text. */
async function enqueueInline(redisUrl: string): Promise<string> {
  const connection = openRedis(redisUrl, 'request')
  const queue = new Queue(queueNameOf('default'), { connection, prefix: 'agent' })
  const side = { connector: 'leaky', settings: { inline: canaries.inline } }
  const source = { connection: side, activity: 'Read', options: { does: 'throws' } }
  await queue.add(jobName, { operation: { source, target: { connection: side, activity: 'Write' } }, runId: 'inline' })
  await queue.close()
  connection.disconnect()
  return 'inline'
}

const ofDebug = ['/debug', ...debugSteps.map(step => `/debug/${step}`), '/debug.tar.gz']

async function answers(): Promise<readonly Sink[]> {
  const ask = (request: string, body?: unknown) => answerTo(request, agent.client.url, canaries.api, body)
  const ofRuns = [...runs.values()].flatMap(({ runId }) =>
    ['', '/log?limit=1000', '/rejected', '/rejected?format=ndjson', ...ofDebug].map(
      path => `GET /v1/runs/${runId}${path}`,
    ),
  )
  const ofConnections = ['leaky', 'shop', 'echo', 'broken', 'typo', 'list'].flatMap(name => [
    `POST /v1/connections/${name}/test`,
    `GET /v1/connections/${name}/objects`,
    `GET /v1/connections/${name}/schemas?activity=Read&object=things`,
  ])
  const others = ['status', 'runs', 'connectors', 'connections', 'pacing', 'state', 'loggers', 'debug'].map(
    name => `GET /v1/${name}`,
  )
  const asked = [...others, 'GET /metrics', 'GET /v1/logs/agent?lines=10000', ...ofRuns, ...ofConnections]
  return [
    ...(await Promise.all(asked.map(request => ask(request)))),
    await ask('POST /v1/connections/leaky/query', { activity: 'Read', options: { does: 'throws' } }),
    await ask('POST /v1/connections/echo/query', { activity: 'Query', options: { object: 'products' } }),
    await answerTo(`GET /v1/runs?token=${canaries.strangerQuery}`, agent.client.url, canaries.stranger),
    await answerTo(`GET /v1/nothing?token=${canaries.strangerQuery}`, agent.client.url, canaries.api),
  ]
}

function command(...args: readonly string[]): Promise<Sink> {
  return printedBy([...args, '--home', home.directory], environment, `agent ${args.join(' ')}`)
}

async function commands(): Promise<readonly Sink[]> {
  const broken = `redis.url=redis//:${canaries.brokenFlag}@x`
  const env = { ...environment, AGENT_REDIS_URL: redisUrl, AGENT_API_TOKEN: canaries.api }
  const bundle = join(home.directory, 'bundle.tgz')
  const bundling = ['support-bundle', '--home', home.directory, '--output', bundle]
  return [
    ...(await Promise.all(
      [
        ['logs'],
        ['runs'],
        ['status'],
        ['test-connection', 'leaky'],
        ['objects', 'leaky'],
        ['connectors'],
        ['run', 'inline'],
        ['validate'],
        ['debug'],
        ...debugSteps.map(step => ['debug', 'show', runs.get('tells')?.runId ?? '', '--step', step, '--limit', '1000']),
      ].map(args => command(...args)),
    )),
    await printedBy(bundling, env, 'agent support-bundle'),
    { name: 'the support bundle', text: gunzipSync(await readFile(bundle)).toString('utf8') },
    await printedBy(['doctor', '--connections', '--home', home.directory], env, 'agent doctor --connections'),
    await printedBy(['config', 'show', '--home', home.directory], env, 'agent config show'),
    await printedBy(['config', 'check', '--home', home.directory, '--set', broken], env, 'agent config check --set …'),
    await printedBy(
      ['config', 'check', '--home', home.directory],
      { ...env, AGENT_REDIS_URL: canaries.brokenFlag },
      'agent config check with a broken variable',
    ),
    await printedBy(
      ['status', '--home', home.directory, '--token', canaries.stranger],
      environment,
      'agent status --token …',
    ),
  ]
}

describe('a secret', () => {
  test('stands in nothing that the agent writes or answers', () => {
    const found = sinks.flatMap(sink => canariesIn(withoutData(sink)).map(place => `${sink.name}: ${place}`))
    const list = sinks.map(({ name, text }) => `  ${name}: ${text.length} characters\n`)

    writeSync(2, `searched for ${Object.keys(canaries).length} canaries:\n${list.join('')}`)
    expect(found).toEqual([])
  })

  test('was there to be told by all that was done', () => {
    const ends = [...runs].map(([name, { status, error }]) => `${name}: ${error?.code ?? status}`)

    expect(ends).toEqual([
      'tells: success-with-warning',
      'throws: CONNECTOR_FAULT',
      'throwsText: CONNECTOR_FAULT',
      'dies: CONNECTOR_FAULT',
      'diesLong: CONNECTOR_FAULT',
      'products: success',
      'echo: REQUEST_REFUSED',
      'typo: PROJECT_INVALID',
      'list: CONNECTOR_FAULT',
      'inline: CONNECTOR_FAULT',
    ])
  })

  test.each([
    'file agent.db',
    'file logs/agent.log',
    'file logs/connectors/leaky.log',
    'file logs/connectors/bigcommerce.log',
    'stdout and stderr of the agent',
    'all ever written into Redis',
    'agent logs',
    'agent logs of a stopped agent',
    'agent run inline',
    'agent test-connection leaky',
    'agent config show',
    'agent doctor --connections',
    'the support bundle',
    'GET /v1/runs → 200',
    'POST /v1/connections/leaky/test → 200',
    'POST /v1/connections/echo/query → 502',
  ])('was masked in: %s', name => {
    expect(sinks.find(sink => sink.name === name)?.text).toContain('********')
  })

  test.each([
    ...['events', 'source', 'target'].map(step => new RegExp(`^file debug/.*/${step}-000001\\.ndjson$`)),
    ...['events', 'source', 'target'].map(step => new RegExp(`^GET /v1/runs/.*/debug/${step} → 200$`)),
    /^GET .*\/debug\.tar\.gz → 200$/,
    /^agent debug show .* --step target/,
  ])('was masked in debug data: %s', pattern => {
    const masked = sinks.filter(({ name, text }) => pattern.test(name) && text.includes('********'))

    expect(masked.length).toBeGreaterThan(0)
  })

  test('was looked for in traces and in the metric log', () => {
    expect(collector.headers.map(({ authorization }) => authorization)).toContain(`Bearer ${canaries.collector}`)
    // What a runner has not sent when it dies is lost; this run came after all that die.
    expect(collector.spans.map(({ name }) => name)).toContain('run echo')
    expect(sinks.find(({ name }) => name === 'file logs/metrics.log')?.text).toContain('"agent_run')
  })

  test('was looked for in rotated and packed logs', () => {
    expect(sinks.filter(({ name }) => name.endsWith('.gz')).length).toBeGreaterThan(0)
  })
})
