import { afterEach, describe, expect, test } from '@jest/globals'
import { createLoggers } from '../logs/loggers.ts'
import { createRedactor } from '../logs/redact.ts'
import { createPacing, type HostPacing } from '../run/pacing.ts'
import { shareRedis } from '../test/shared-redis.ts'
import { measuredPacing } from './measured-pacing.ts'
import { createSeries } from './series.ts'

const shared = shareRedis()
const opened: HostPacing[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map(pacing => pacing.close()))
})

function open(prefix: string) {
  const series = createSeries()
  const loggers = createLoggers({ level: 'info', fields: {}, redactor: createRedactor(), sink: () => undefined })
  const host = createPacing({ redis: shared.redis, prefix, logger: loggers.get('agent.pacing') })
  const pacing = measuredPacing(host, series)
  opened.push(pacing)
  const values = () =>
    new Map(series.samples().map(({ name, labels, ...value }) => [[name, ...labels].join(' '), value]))
  return { pacing, values }
}

const { signal } = new AbortController()
const request = { endpoint: 'GET /v3/products', kind: 'read' } as const

describe('measuredPacing', () => {
  test('measures a request once, from its turn to its answer, and how long it waited', async () => {
    const { pacing, values } = open('measured-1')
    const shop = pacing.over('shop', 'bigcommerce')
    shop.hold('store', 200, 'quota')

    const release = await shop.acquire('store', request, signal)
    release()
    release()

    expect(values().get('agent_requests_total bigcommerce read GET /v3/products')).toEqual({ value: 1 })
    const waited = values().get('agent_request_wait_seconds bigcommerce read')
    // The first bounds are 1, 10 and 100 ms.
    expect(waited).toMatchObject({ histogram: { counts: [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0] } })
    const took = values().get('agent_request_duration_seconds bigcommerce read')
    expect(took).toMatchObject({ histogram: { counts: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] } })
    expect(values().get('agent_requests_refused_total bigcommerce quota')).toEqual({ value: 1 })
  })

  test('tells the kind that the host chose', async () => {
    const { pacing, values } = open('measured-2')

    const release = await pacing.over('shop', 'bigcommerce', 'test').acquire('store', request, signal)
    release()

    expect([...values().keys()]).toContain('agent_request_duration_seconds bigcommerce test')
  })

  test('counts nothing of a request that was given up while it waited', async () => {
    const { pacing, values } = open('measured-3')
    const shop = pacing.over('shop', 'bigcommerce')
    shop.hold('store', 60_000, 'load')
    const stop = new AbortController()

    const waiting = shop.acquire('store', request, stop.signal)
    stop.abort(new Error('enough'))

    await expect(waiting).rejects.toThrow('enough')
    expect([...values().keys()]).toEqual(['agent_requests_refused_total bigcommerce load'])
  })
})
