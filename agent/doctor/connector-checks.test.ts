import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { ConnectionTest } from '../api/control.ts'
import { AgentError } from '../errors.ts'
import { openProject } from '../project/project.ts'
import { createHome, type TestHome } from '../test/agent-process.ts'
import { testLoader, writeRelease } from '../test/release.ts'
import { checkConnections, checkConnectors } from './connector-checks.ts'

let directory: string
let home: TestHome
beforeEach(async () => {
  ;[directory, home] = await Promise.all([mkdtemp(join(tmpdir(), 'doctor-')), createHome()])
})
afterEach(async () => {
  await rm(directory, { recursive: true, force: true })
  await home.delete()
})

describe('checkConnectors', () => {
  test('tells of each release whether it may be loaded', async () => {
    await writeRelease(directory, { name: 'good', version: '1.0.0' })
    await writeRelease(directory, { name: 'unsigned', version: '1.0.0', key: undefined })

    const findings = await checkConnectors(testLoader(directory))

    expect(findings).toMatchObject([
      { check: 'connector good 1.0.0', status: 'ok' },
      { check: 'connector unsigned 1.0.0', status: 'problem', cure: expect.any(String) },
    ])
  })

  test('finds that none is installed', async () => {
    expect(await checkConnectors(testLoader(directory))).toMatchObject([{ check: 'connectors', status: 'problem' }])
  })
})

describe('checkConnections', () => {
  const answers: { readonly [name: string]: Partial<ConnectionTest> } = {
    bad: { ok: false, code: 'AUTHENTICATION_FAILED', message: 'the store says no', checks: [] },
    good: { ok: true, message: 'connected', checks: [{ name: 'plan', status: 'passed', message: 'pro' }] },
    poor: { ok: true, message: 'connected', checks: [{ name: 'scope', status: 'warning', message: 'is missing' }] },
  }

  test('tells the test of each connection of the project', async () => {
    for (const name of [...Object.keys(answers), 'unreachable']) await home.write(`connections/${name}.yaml`, '')

    const findings = await checkConnections(openProject(join(home.directory, 'project')), async name => {
      if (answers[name] === undefined) throw new AgentError('AGENT_UNREACHABLE', 'no agent answers')
      return answers[name] as ConnectionTest // only what is judged
    })

    expect(findings).toMatchObject([
      { check: 'connection bad', status: 'problem', cure: expect.stringContaining('valid credential') },
      { check: 'connection good', status: 'ok', message: 'connected' },
      { check: 'connection poor', status: 'warning', message: 'connected; scope: is missing' },
      { check: 'connection unreachable', status: 'problem', cure: expect.stringContaining('start the agent') },
    ])
  })
})
