import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { loadConfig } from '../config/load.ts'
import { checkDisk, checkMachine, checkOpenFiles, checkSecretFile, judgeSpace } from './machine-checks.ts'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'doctor-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

describe('judgeSpace', () => {
  test.each([
    [50, 'problem'],
    [1_000, 'warning'],
    [5_000, 'ok'],
  ])('of %i MB free is %s', (megabytes, status) => {
    expect(judgeSpace('disk', megabytes).status).toBe(status)
  })
})

describe('checkDisk', () => {
  test('looks at the folder in which a folder will be made', () => {
    expect(checkDisk(join(home, 'a/b')).message).toMatch(/^has [\d,]+ MB free$/)
  })

  test('finds a file where a folder should be made', async () => {
    await writeFile(join(home, 'file'), '')

    expect(checkDisk(join(home, 'file/b'))).toMatchObject({ status: 'problem', cure: expect.stringContaining(home) })
  })
})

describe('checkSecretFile', () => {
  test.each([
    [0o600, 'ok'],
    [0o640, 'problem'],
    [0o604, 'problem'],
  ])('of mode %i is %s', async (mode, status) => {
    const file = join(home, 'secret.key')
    await writeFile(file, '')
    await chmod(file, mode)

    expect(checkSecretFile(file).status).toBe(status)
  })
})

describe('checkOpenFiles', () => {
  test.each([
    [undefined, 'ok'],
    [256, 'warning'],
    [1_024, 'ok'],
  ])('of a limit of %s is %s', (limit, status) => {
    expect(checkOpenFiles(limit, 512).status).toBe(status)
  })
})

describe('checkMachine', () => {
  test('finds a secret for everybody in the configuration file, and a folder that everybody may write', async () => {
    const configFile = join(home, 'agent.yaml')
    await writeFile(configFile, 'api: { token: planted-token-of-the-doctor }\n')
    await chmod(configFile, 0o644)
    await chmod(home, 0o777)
    const loaded = loadConfig({ env: {}, set: ['projectDir=.'], home, configFile })

    const findings = checkMachine(loaded).filter(({ status }) => status !== 'ok')

    expect(findings.map(({ cure }) => cure)).toEqual(
      expect.arrayContaining([`chmod o-r ${configFile}`, `chmod o-w ${home}`]),
    )
    expect(JSON.stringify(findings)).not.toContain('planted')
  })
})
