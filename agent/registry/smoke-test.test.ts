import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createInstallBench, type InstallBench } from '../test/packages.ts'
import { connectorSource } from '../test/release.ts'

let bench: InstallBench
beforeEach(async () => {
  bench = await createInstallBench()
})
afterEach(() => bench.close())

const good = connectorSource('small', '1.0.0')

/** What the operator reads when a release with this main file is installed. */
async function verdictOver(source: string, smokeTestMs?: number): Promise<string> {
  await bench.offer({ name: 'small', version: '1.0.0', source })
  const verdict = await bench.install(smokeTestMs === undefined ? {} : { smokeTestMs }).then(
    () => 'installed',
    failure => `${failure.code}: ${failure.message}`,
  )
  expect(await bench.contents()).toEqual(verdict === 'installed' ? ['small/1.0.0'] : [])
  return verdict
}

const beginning = 'CONNECTOR_INVALID: connector small 1.0.0: does not pass the smoke test: '

describe('smokeTest', () => {
  test('passes a connector that leaves a timer running', async () => {
    expect(await verdictOver(`setInterval(() => 0, 1000)\n${good}`)).toBe('installed')
  })

  test.each([
    ['is no module', 'import x from "left-pad"', 'connector small 1.0.0: cannot be imported: Cannot find package'],
    ['exports something else', 'export default 1', 'connector small 1.0.0: does not export a connector as its default'],
    ['is another', connectorSource('other', '1.0.0'), 'connector small 1.0.0: exports connector other 1.0.0'],
    ['throws', 'throw new Error("no luck")', 'connector small 1.0.0: cannot be imported: no luck'],
    ['has no activities', connectorSource('small', '1.0.0', '{}'), 'activities there are none'],
    ['takes any settings', good.replace('settings === null', 'false'), 'it connects with settings that do not fit its'],
    ['fails at settings in its own way', good.replace('settings === null', 'settings.x === 1'), 'it fails at settings'],
    ['ends the process', `process.exit(0)\n${good}`, 'its process ended with exit code 0'],
    ['crashes', `process.abort()\n${good}`, 'its process ended with SIGABRT'],
    ['leaves a promise alone', `Promise.reject(new TypeError('later'))\n${good}`, 'its process ended with exit code 1'],
  ])('refuses a connector that %s', async (_what, source, problem) => {
    expect(await verdictOver(source)).toContain(`${beginning}${problem}`)
  })

  test('refuses a connector that fills the heap', async () => {
    const source = `const all = []\nfor (;;) all.push(new Array(1000).fill({}))\n${good}`

    expect(await verdictOver(source)).toMatch(/its process ended with SIGABRT: FATAL ERROR: .*heap out of memory/)
  })

  test('refuses a connector that fills the memory beside the heap', async () => {
    const source = `const all = []\nfor (;;) all.push(Buffer.alloc(1e6, 1))\n${good}`

    expect(await verdictOver(source)).toContain(
      'its process ended with SIGKILL: Error: uses more than 662 MB of memory',
    )
  })

  test.each(['for (;;);', 'setInterval(() => 0, 1000); await new Promise(() => 0)'])(
    'refuses a connector that hangs in %s',
    async source => {
      expect(await verdictOver(source, 1_500)).toBe(
        `${beginning.replace('CONNECTOR_INVALID', 'SMOKE_TEST_TIMEOUT')}it is not done after 1.5 seconds`,
      )
    },
  )

  test('shows a connector nothing of our environment', async () => {
    process.env['AGENT_PLANTED_SECRET'] = 'planted'
    const seen = join(bench.packages, 'seen')

    await verdictOver(
      `import { writeFileSync } from 'node:fs'\nwriteFileSync(${JSON.stringify(seen)}, JSON.stringify(process.env))\n${good}`,
    )

    delete process.env['AGENT_PLANTED_SECRET']
    expect(Object.keys(JSON.parse(await readFile(seen, 'utf8')))).toEqual([])
  })

  test('refuses a connector that changes itself while it is tried', async () => {
    const source = `import { appendFileSync } from 'node:fs'\nappendFileSync(new URL(import.meta.url), '// more')\n${good}`

    expect(await verdictOver(source)).toBe('CONNECTOR_INVALID: connector small 1.0.0: size of index.js does not match')
  })

  test('ends what a connector has started', async () => {
    const file = join(bench.packages, 'pid')
    const source = `import { spawn } from 'node:child_process'\nimport { writeFileSync } from 'node:fs'
      writeFileSync(${JSON.stringify(file)}, String(spawn('sleep', ['600']).pid))\n${good}`

    await verdictOver(source)

    const pid = Number(await readFile(file, 'utf8'))
    // Dead, or dead and not yet taken note of by the system.
    const state = await readFile(`/proc/${pid}/stat`, 'utf8').then(
      text => text.split(' ')[2],
      () => 'gone',
    )
    expect(['gone', 'Z']).toContain(state)
  })
})
