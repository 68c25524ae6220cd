import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFile, mkdir, readdir, readFile, stat, utimes } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { InstallOrder } from '../test/install-process.ts'
import { createInstallBench, type InstallBench } from '../test/packages.ts'
import { connectorSource, testLoader, testTrust, writeRelease } from '../test/release.ts'
import { cleanQuarantine } from './quarantine.ts'

let bench: InstallBench
const children: ChildProcess[] = []
let server: Server | undefined
beforeEach(async () => {
  bench = await createInstallBench()
  await writeRelease(bench.directory, { name: 'small', version: '0.9.0' })
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  server?.closeAllConnections()
  server?.close()
  server = undefined
  await bench.close()
})

const small = { name: 'small', version: '1.0.0' }
const entry = join(import.meta.dirname, '..', 'test', 'install-process.js')

/** Starts an install in a process of its own; `wrap` is a command that it is started by. */
function startInstall(changes: Partial<InstallOrder> = {}, wrap: readonly string[] = []): ChildProcess {
  const order: InstallOrder = { registry: bench.packages, directory: bench.directory, trust: testTrust, ...changes }
  const [command = '', ...args] = [...wrap, process.execPath, entry, JSON.stringify(order)]
  const { NODE_OPTIONS: _forJest, ...env } = process.env
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  return child
}

/** Resolves with the lines a process writes, up to the one that is waited for, or all. */
async function linesOf(child: ChildProcess, until?: string): Promise<readonly string[]> {
  if (child.stdout === null) throw new Error('no stdout')
  const lines: string[] = []
  for await (const line of createInterface(child.stdout)) {
    lines.push(line)
    if (line === until) break
  }
  return lines
}

async function endingOf(child: ChildProcess): Promise<unknown> {
  return JSON.parse((await linesOf(child)).at(-1) ?? '')
}

async function killHard(child: ChildProcess): Promise<void> {
  const ended = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
}

async function versionThatLoads(): Promise<string> {
  return (await testLoader(bench.directory).load('small')).connector.version
}

/** A healthy start after a death: leftovers go, the newest whole release loads, and the install succeeds now. */
async function expectHealthyStart(before: string): Promise<void> {
  expect(await versionThatLoads()).toBe(before)
  await cleanQuarantine(bench.directory)
  expect(await bench.contents()).toEqual(before === '1.0.0' ? ['small/0.9.0', 'small/1.0.0'] : ['small/0.9.0'])
  expect((await bench.install()).version).toBe('1.0.0')
  expect(await bench.contents()).toEqual(['small/0.9.0', 'small/1.0.0'])
  expect(await versionThatLoads()).toBe('1.0.0')
}

/** Resolves once a file is there. */
async function waitForFile(folder: string, name: RegExp): Promise<string> {
  for (;;) {
    const found = (await readdir(folder, { recursive: true })).find(path => name.test(path))
    if (found !== undefined) return join(folder, found)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

describe('an install that is killed', () => {
  test.each(['begun', 'downloaded', 'unpacked', 'verified', 'tested', 'synced'])(
    'after the step %s leaves the old release, and the next install succeeds',
    async step => {
      await bench.offer(small)
      const child = startInstall({ stopAt: step })
      expect((await linesOf(child, step)).at(-1)).toBe(step)

      await killHard(child)

      expect(await bench.contents()).toEqual([expect.stringMatching(/^\.quarantine\//), 'small/0.9.0'])
      await expectHealthyStart('0.9.0')
    },
  )

  test('after the last step leaves the new release', async () => {
    await bench.offer(small)
    const child = startInstall({ stopAt: 'installed' })
    await linesOf(child, 'installed')

    await killHard(child)

    await expectHealthyStart('1.0.0')
  })

  test('between taking a damaged release away and putting a whole one there leaves the old release', async () => {
    await bench.offer(small)
    await appendFile(join((await bench.install()).directory, 'index.js'), '// changed')
    const child = startInstall({ stopAt: 'set-aside' })
    await linesOf(child, 'set-aside')

    await killHard(child)

    await expectHealthyStart('0.9.0')
  })

  test('leaves nothing that the next install does not remove by itself', async () => {
    await bench.offer(small)
    const child = startInstall({ stopAt: 'unpacked' })
    await linesOf(child, 'unpacked')
    await killHard(child)

    await bench.install()

    expect(await bench.contents()).toEqual(['small/0.9.0', 'small/1.0.0'])
  })

  test('in the middle of a download leaves the old release', async () => {
    const bytes = await readFile(await bench.offer(small))
    const child = startInstall({ registry: await startHalfServer(bytes) })
    const partial = await waitForFile(bench.directory, /package\.tgz$/)
    while ((await stat(partial)).size === 0) await new Promise(resolve => setTimeout(resolve, 5))

    await killHard(child)

    await expectHealthyStart('0.9.0')
  })

  test('in the middle of unpacking leaves the old release', async () => {
    const source = `${connectorSource('small', '1.0.0')}// ${randomBytes(15e6).toString('base64')}`
    await bench.offer({ ...small, source })
    const child = startInstall()
    await waitForFile(bench.directory, /release\/index\.js$/)

    await killHard(child)

    await expectHealthyStart('0.9.0')
  })

  test('in the middle of the smoke test leaves the old release, and no process behind', async () => {
    const file = join(bench.packages, 'pid')
    const write = `import { writeFileSync } from 'node:fs'\nwriteFileSync(${JSON.stringify(file)}, String(process.pid))`
    await bench.offer({ ...small, source: `${write}\nfor (;;);` })
    const child = startInstall()
    const pid = Number(await readFile(await waitForFile(bench.packages, /^pid$/), 'utf8'))

    await killHard(child)

    while (await isRunning(pid)) await new Promise(resolve => setTimeout(resolve, 20))
    await bench.offer(small)
    await expectHealthyStart('0.9.0')
  })
})

async function isRunning(pid: number): Promise<boolean> {
  return readFile(`/proc/${pid}/stat`, 'utf8').then(
    text => text.split(' ')[2] !== 'Z',
    () => false,
  )
}

/** A registry that announces a package and never sends its second half. */
async function startHalfServer(bytes: Buffer): Promise<string> {
  const started = createServer((request, response) => {
    const address = `http://127.0.0.1:${(started.address() as AddressInfo).port}`
    const dist = { tarball: `${address}/package.tgz`, integrity: 'sha512-x' }
    if (request.url !== '/package.tgz') return void response.end(JSON.stringify({ versions: { '1.0.0': { dist } } }))
    response.writeHead(200, { 'content-length': bytes.length })
    response.write(bytes.subarray(0, bytes.length / 2))
  })
  server = started
  await new Promise<void>(resolve => started.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}`
}

describe('two processes', () => {
  test('that install the same release at the same time both succeed', async () => {
    await bench.offer(small)

    const endings = await Promise.all([endingOf(startInstall()), endingOf(startInstall()), endingOf(startInstall())])

    expect(endings).toEqual([{ version: '1.0.0' }, { version: '1.0.0' }, { version: '1.0.0' }])
    expect(await bench.contents()).toEqual(['small/0.9.0', 'small/1.0.0'])
  })
})

describe('a full disk', () => {
  // A limit on the size of files gives the errors of a full disk at the same calls, and needs no disk of its own.
  test.each([
    ['while downloading', 20_000, ['begun']],
    ['while unpacking', 100_000, ['begun', 'downloaded']],
  ])('%s ends the install with a clear error, and the old release goes on', async (_when, bytes, steps) => {
    const source = `${connectorSource('small', '1.0.0')}// ${randomBytes(30_000).toString('hex').repeat(3)}`
    await bench.offer({ ...small, source })

    const lines = await linesOf(startInstall({}, ['prlimit', `--fsize=${bytes}`]))

    expect(lines.slice(0, -1)).toEqual(steps)
    expect(JSON.parse(lines.at(-1) ?? '')).toEqual({
      code: 'INSTALL_FAILED',
      message: `connector small 1.0.0 cannot be installed to ${bench.directory}: EFBIG: file too large, write`,
    })
    await expectHealthyStart('0.9.0')
  })
})

describe('cleanQuarantine', () => {
  const quarantine = () => join(bench.directory, '.quarantine')

  test('leaves the work of a living process alone', async () => {
    await bench.offer(small)
    const child = startInstall({ stopAt: 'unpacked' })
    await linesOf(child, 'unpacked')

    await cleanQuarantine(bench.directory)

    expect(await readdir(quarantine())).toHaveLength(1)
  })

  test('knows a dead process whose number another has now', async () => {
    await bench.offer(small)
    await bench.install({
      onStep: async step => {
        if (step !== 'begun') return
        const [own = ''] = await readdir(quarantine())
        const [host, pid] = own.split('.')
        await mkdir(join(quarantine(), `${host}.${pid}.1.abcdef`))
      },
    })

    await cleanQuarantine(bench.directory)

    expect(await readdir(quarantine())).toEqual([])
  })

  test('gives the processes of other machines an hour', async () => {
    const [fresh, old] = ['0123456789ab.1.1.aa', '0123456789ab.1.1.bb']
    for (const name of [fresh, old]) await mkdir(join(quarantine(), name), { recursive: true })
    const past = new Date(Date.now() - 61 * 60_000)
    await utimes(join(quarantine(), old), past, past)

    await cleanQuarantine(bench.directory)

    expect(await readdir(quarantine())).toEqual([fresh])
  })

  test('takes a directory that is not there for a clean one', async () => {
    await expect(cleanQuarantine(join(bench.directory, 'missing'))).resolves.toBeUndefined()
  })
})
