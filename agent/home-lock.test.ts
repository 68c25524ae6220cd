import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { lockHome } from './home-lock.ts'

let directory: string
let holder: ChildProcess | undefined
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'home-'))
})
afterEach(async () => {
  holder?.kill('SIGKILL')
  holder = undefined
  await rm(directory, { recursive: true, force: true })
})

/** Another process that holds the lock until it is killed. */
async function lockElsewhere(): Promise<ChildProcess> {
  const script = join(directory, 'holder.mjs')
  const module = JSON.stringify(pathToFileURL(join(import.meta.dirname, 'home-lock.js')).href)
  await writeFile(
    script,
    `import { lockHome } from ${module}
globalThis.release = lockHome(${JSON.stringify(directory)})
process.stdout.write('held')
setInterval(() => undefined, 60_000)
`,
  )
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
  holder = child
  await once(child.stdout, 'data')
  return child
}

describe('lockHome', () => {
  test('gives the directory to one agent at a time', () => {
    const release = lockHome(directory)

    expect(() => lockHome(directory)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('another agent runs on it') }),
    )

    release()
    lockHome(directory)()
  })

  test('is free again after its holder was killed', async () => {
    const other = await lockElsewhere()
    const isHeld = () => {
      try {
        lockHome(directory)()
        return false
      } catch {
        return true
      }
    }
    const before = isHeld()
    const gone = once(other, 'close')
    other.kill('SIGKILL')
    await gone

    expect([before, isHeld()]).toEqual([true, false])
  })

  test('makes the directory', () => {
    lockHome(join(directory, 'a', 'b'))()

    lockHome(join(directory, 'a', 'b'))()
  })

  test('names a directory that cannot be used', async () => {
    await writeFile(join(directory, 'file'), '')

    expect(() => lockHome(join(directory, 'file'))).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(join(directory, 'file')) }),
    )
  })
})
