import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createInstallBench, type InstallBench } from '../test/packages.ts'
import { writeRelease } from '../test/release.ts'
import { shareRedis } from '../test/shared-redis.ts'
import { openTestSupply } from '../test/supply.ts'
import { createCanary } from './canary.ts'

const shared = shareRedis()
beforeEach(async () => void (await shared.redis.flushall()))

let now = new Date('2026-11-25T12:00:00Z')
const canaryOf = (agent: string, changes: { readonly group?: string; readonly graceMs?: number } = {}) =>
  createCanary({
    redis: shared.redis,
    prefix: 'agent',
    group: 'default',
    agent,
    graceMs: 30 * 60_000,
    now: () => now,
    ...changes,
  })

describe('createCanary', () => {
  beforeEach(() => {
    now = new Date('2026-11-25T12:00:00Z')
  })

  test('lets one agent take a version, and the others when the grace time is over', async () => {
    const [a, b] = [canaryOf('a'), canaryOf('b')]
    const first = [await a.reasonToWait('small', '1.1.0'), await b.reasonToWait('small', '1.1.0')]

    now = new Date('2026-11-25T12:30:00Z')

    expect(first).toEqual([undefined, 'is tried by agent a first, until 2026-11-25T12:30:00.000Z'])
    expect([await a.reasonToWait('small', '1.1.0'), await b.reasonToWait('small', '1.1.0')]).toEqual([
      undefined,
      undefined,
    ])
  })

  test('lets exactly one through when all ask at once', async () => {
    const agents = Array.from({ length: 10 }, (_, index) => canaryOf(`agent-${index}`))

    const reasons = await Promise.all(agents.map(canary => canary.reasonToWait('small', '1.1.0')))

    expect(reasons.filter(reason => reason === undefined)).toHaveLength(1)
  })

  test('keeps the others from a version that failed, and from no other', async () => {
    const [a, b] = [canaryOf('a'), canaryOf('b')]
    await a.reasonToWait('small', '1.1.0')
    await a.warnOthers('small', '1.1.0', '5 of 5 runs failed')
    now = new Date('2026-11-26T12:00:00Z')

    expect(await b.reasonToWait('small', '1.1.0')).toBe('failed on agent a: 5 of 5 runs failed')
    expect(await b.reasonToWait('small', '1.1.1')).toBe(undefined)
  })

  test.each([
    ['of another group', { group: 'other' }],
    ['without a grace time', { graceMs: 0 }],
  ])('does not hold up an agent %s', async (_what, changes) => {
    await canaryOf('a').reasonToWait('small', '1.1.0')

    expect(await canaryOf('b', changes).reasonToWait('small', '1.1.0')).toBe(undefined)
  })
})

describe('two agents of a group', () => {
  let benches: InstallBench[]
  beforeEach(async () => {
    benches = [await createInstallBench(), await createInstallBench()]
  })
  afterEach(async () => void (await Promise.all(benches.map(bench => bench.close()))))

  const supplyOf = (agent: string, bench: InstallBench, registry: InstallBench['registry']) =>
    openTestSupply(bench, { agent, registry, waitFor: canaryOf(agent).reasonToWait })

  test('take a release one after the other', async () => {
    const [first, second] = benches as [InstallBench, InstallBench] // made above
    for (const bench of benches) await writeRelease(bench.directory, { name: 'small', version: '1.0.0' })
    const [a, b] = [supplyOf('a', first, first.registry), supplyOf('b', second, first.registry)]
    await Promise.all([a.versionFor(), b.versionFor()])
    await first.offer({ name: 'small', version: '1.1.0' })

    const during = [await a.versionFor(), await b.versionFor()]
    now = new Date(now.getTime() + 30 * 60_000)

    expect(during).toEqual(['1.1.0', '1.0.0'])
    expect(await b.versionFor()).toBe('1.1.0')
  })

  test('do so too when they share a folder', async () => {
    const [bench] = benches as [InstallBench] // made above
    await writeRelease(bench.directory, { name: 'small', version: '1.0.0' })
    const [a, b] = [supplyOf('a', bench, bench.registry), supplyOf('b', bench, bench.registry)]
    await Promise.all([a.versionFor(), b.versionFor()])
    await bench.offer({ name: 'small', version: '1.1.0' })

    const during = [await a.versionFor(), await b.versionFor()]
    now = new Date(now.getTime() + 30 * 60_000)

    expect(during).toEqual(['1.1.0', '1.0.0'])
    expect(b.lines.at(-1)).toMatchObject([
      'warn',
      expect.any(String),
      { version: '1.1.0', error: expect.stringContaining('is tried by agent a first') },
    ])
    expect(await b.versionFor()).toBe('1.1.0')
  })
})
