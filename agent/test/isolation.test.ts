import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { hasEnded, type RunSummary } from '../run/status.ts'
import { type AgentProcess, createHome, poll, startAgentProcess, type TestHome } from './agent-process.ts'
import { startRedis, type TestRedis } from './redis.ts'
import { testTrust, writeRelease } from './release.ts'

/** A connector whose source yields a page and then does what its options say; `waits` goes on until a file is there. */
const source = `import { existsSync } from 'node:fs'
const kept = []
const later = ms => new Promise(resolve => setTimeout(resolve, ms))
const deeds = {
  async loops() { for (let turn = 0; ; turn += 1) if (turn < 0) return },
  async leaksHeap() { for (;;) { kept.push(new Array(4_000_000).fill(0.5)); await later(1) } },
  async leaksBuffers() { for (;;) { kept.push(Buffer.alloc(8_000_000, 1)); await later(2) } },
  async forgetsPromise({ secret }) { Promise.reject(new Error('forgotten with ' + secret)); await later(60_000) },
  async throwsInTimer() { setTimeout(() => { throw new TypeError('no such thing') }, 1); await later(60_000) },
  async exits() { process.exit(0) },
  async aborts() { process.abort() },
  async waits({ file }) { while (!existsSync(file)) await later(20) },
}
export default {
  name: 'bad', version: '1.0.0',
  settings: { type: 'object', properties: { secret: { type: 'string', 'x-secret': true } } },
  connect: async ({ secret }) => ({
    secret, close: async () => undefined,
    test: async () => { await deeds.throwsInTimer() },
  }),
  activities: {
    Read: {
      role: 'source', options: { type: 'object' },
      async *read({ secret }, { does, file }, from) {
        if (from === undefined) yield { records: [{ id: 1 }], position: 1 }
        await deeds[does]({ secret, file })
      },
    },
    Write: {
      role: 'target', options: { type: 'object' }, batchSize: () => 1,
      write: async (_connection, batch) => batch.map(() => ({ status: 'written' })),
    },
  },
}
`

const cases = [
  [
    'loops for ever',
    'loops',
    'RUNNER_SILENT',
    /did not answer for 10 s and was killed: connector bad 1\.0\.0 \(Read, index\.js:5:\d+\) did not come back$/,
  ],
  [
    'leaks its heap',
    'leaksHeap',
    'RUNNER_OUT_OF_MEMORY',
    /runner \d ran out of memory: .*\(runnerMemoryMegabytes: 256\)$/,
  ],
  [
    'leaks buffers',
    'leaksBuffers',
    'RUNNER_OUT_OF_MEMORY',
    /runner \d ran out of memory: it held \d{3} MB and was killed \(runnerMemoryMegabytes: 256\)$/,
  ],
  [
    'forgets a promise',
    'forgetsPromise',
    'CONNECTOR_FAULT',
    /^connector bad 1\.0\.0 \(Read, index\.js:8:\d+\) left a rejected promise unhandled: forgotten with \*+; runner \d ended by it$/,
  ],
  [
    'throws in a timer',
    'throwsInTimer',
    'CONNECTOR_FAULT',
    /^connector bad 1\.0\.0 \(Read, index\.js:9:\d+\) threw an exception nobody caught: no such thing; runner \d ended by it$/,
  ],
  [
    'exits',
    'exits',
    'CONNECTOR_FAULT',
    /^connector bad 1\.0\.0 \(Read, index\.js:10:\d+\) ended its process by process\.exit; runner \d ended by it$/,
  ],
  ['aborts', 'aborts', 'RUNNER_CRASHED', /runner \d crashed by SIGABRT \(process\.abort or native code\)$/],
] as const

let redis: TestRedis
let home: TestHome
let agent: AgentProcess
/** A run in the midst of all, in a runner of its own. */
let bystander: string
const runs = new Map<string, RunSummary>()

/** All with one agent, and enough runners that none has to be waited for. */
beforeAll(async () => {
  ;[redis, home] = await Promise.all([startRedis(), createHome()])
  const connectors = join(home.directory, 'connectors')
  await writeRelease(connectors, { name: 'bad', version: '1.0.0', source, manifest: { agent: '*' } })
  await home.write('connections/bad.yaml', 'connector: bad\nsettings: { secret: planted-secret }\n')
  agent = await startAgent({
    runners: '4',
    runsPerRunner: '1',
    runnerSilenceSeconds: '10',
    runnerMemoryMegabytes: '256',
    'connectors.directory': connectors,
    'connectors.trustedKeys': JSON.stringify(testTrust.keys),
  })
  bystander = await submit('waits')
  await agent.until(bystander, ({ status, counts }) => hasEnded(status) || counts.written === 1)
  for (const [, does] of cases) runs.set(does, await ended(await submit(does)))
}, 300_000)
afterAll(async () => {
  await agent.stop()
  await redis.close()
  await home.delete()
})

function startAgent(settings: Readonly<Record<string, string>>): Promise<AgentProcess> {
  const set = Object.entries(settings).map(([key, value]) => `${key}=${value}`)
  return startAgentProcess({ home, redisUrl: redis.url, set })
}

/** Submits an operation that does something after its first record. */
async function submit(does: string): Promise<string> {
  const file = join(home.directory, 'go')
  await home.write(
    `operations/${does}.yaml`,
    `source: { connection: bad, activity: Read, options: { does: ${does}, file: ${file} } }
target: { connection: bad, activity: Write }
`,
  )
  return (await agent.submit(does)).runId
}

/** Waits for two deaths of a runner on a busy machine. */
function ended(runId: string): Promise<RunSummary> {
  return poll(
    () => agent.client.get<RunSummary>(`/v1/runs/${runId}`),
    ({ status }) => hasEnded(status),
    100_000,
  )
}

function deaths(): readonly { readonly runId?: string; readonly code: string; readonly runner: number }[] {
  const lines = agent.output().split('\n')
  return lines.filter(line => line.includes('runner ended and is started again')).map(line => JSON.parse(line))
}

describe('a connector that', () => {
  test.each(cases)('%s ends its run with the cause', async (_what, does, code, words) => {
    const run = runs.get(does)

    expect(run).toMatchObject({ status: 'error', error: { code, message: expect.stringMatching(words) } })
    const ofRun = deaths().filter(({ runId }) => runId === run?.runId)
    expect(ofRun.map(death => death.code)).toEqual(code === 'CONNECTOR_FAULT' ? [code] : [code, code])
  })
})

describe('other runs', () => {
  test('go on in their runners, and the runners that died are there again', async () => {
    await writeFile(join(home.directory, 'go'), '')

    const run = await agent.ended(bystander)
    const { runners } = await poll(
      () => agent.status(),
      status => status.runners.every(({ state }) => state === 'running'),
    )

    expect(run).toMatchObject({ status: 'success', attempt: 1 })
    expect(runners.filter(({ restarts }) => restarts === 0)).toHaveLength(1)
  })
})

describe('a look-up', () => {
  test('that ends its runner tells the cause too', async () => {
    const asked = agent.client.post('/v1/connections/bad/test')

    await expect(asked).rejects.toThrow(
      /connector bad 1\.0\.0 \(index\.js:9:\d+\) threw an exception nobody caught: no such thing/,
    )
  })
})

test('no secret of a connector is told by its last words', () => {
  expect(deaths().length).toBeGreaterThan(cases.length)
  expect(agent.output()).not.toContain('planted-secret')
})
