import { describe, expect, test } from '@jest/globals'
import { shareCliTests, testToken } from '../cli/cli-test.ts'

const open = shareCliTests()

/** Asks an API. */
async function ask(url: string, request: string, body?: object) {
  const [method = 'GET', path = ''] = request.split(' ')
  const answer = await fetch(`${url}${path}`, {
    method,
    ...(body && { body: JSON.stringify(body) }),
    headers: { authorization: `Bearer ${testToken}`, ...(body && { 'content-type': 'application/json' }) },
  })
  return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() }
}

describe('the routes of debug logging', () => {
  test('switch it on and off', async () => {
    const { url } = await open()

    const on = await ask(url, 'PUT /v1/debug/operations/Products%20to%20CSV', { for: '10m', children: true })
    const ofRun = await ask(url, 'PUT /v1/debug/runs/r-1', {})
    const list = await ask(url, 'GET /v1/debug?limit=0')
    const off = await ask(url, 'DELETE /v1/debug/runs/r-1')

    expect(JSON.parse(on.text)).toMatchObject({
      ...{ target: 'operation', name: 'Products to CSV', children: true, scope: 'agent', known: true },
    })
    expect(JSON.parse(ofRun.text)).toMatchObject({ target: 'run', name: 'r-1', known: false })
    expect(JSON.parse(list.text)).toMatchObject({
      switches: [{ name: 'Products to CSV' }, { name: 'r-1' }],
      runs: [],
      more: 1,
    })
    expect(JSON.parse(off.text)).toMatchObject({ wasOn: true, switches: [{ name: 'Products to CSV' }] })
  })

  test.each([
    ['PUT /v1/debug/agent', { for: '15d' }, 'at most 14d'],
    ['PUT /v1/debug/agent', { until: '2099-01-01T00:00:00Z' }, 'by 14 days at most'],
    ['PUT /v1/debug/agent', { until: '17:30' }, '/until'],
    ['PUT /v1/debug/agent', { during: '1h' }, 'during'],
    ['PUT /v1/debug/runs/a%2Fb', {}, '/name'],
    ['POST /v1/operations/Products%20to%20CSV/runs', { submittedFrom: { via: 'cli', address: 'x' } }, 'submittedFrom'],
  ])('refuse %s %j', async (request, body, problem) => {
    const { url } = await open()

    const { status, text } = await ask(url, request, body)

    expect(status).toBe(400)
    expect(text).toContain(problem)
  })

  test('answer lines within a range, and an archive', async () => {
    const { url } = await open()

    const lines = await ask(url, 'GET /v1/runs/debugged/debug/events?after=1&limit=1')
    const archive = await ask(url, 'GET /v1/runs/debugged/debug.tar.gz')
    const run = await ask(url, 'GET /v1/runs/debugged/debug')

    expect(lines).toMatchObject({ status: 200, type: 'application/x-ndjson; charset=utf-8' })
    expect(
      lines.text
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line)),
    ).toMatchObject([{ message: 'batch settled' }])
    expect(archive).toMatchObject({ status: 200, type: 'application/gzip', text: 'packed' })
    expect(JSON.parse(run.text)).toMatchObject({ runId: 'debugged', sizeBytes: 1_234, encrypted: false })
  })

  test.each(['/debug', '/debug/events', '/debug.tar.gz'])('tell that there is nothing: %s', async path => {
    const { url } = await open()

    const { status, text } = await ask(url, `GET /v1/runs/none${path}`)

    expect(status).toBe(404)
    expect(JSON.parse(text)).toMatchObject({ code: 'DEBUG_LOG_NOT_FOUND' })
  })
})
