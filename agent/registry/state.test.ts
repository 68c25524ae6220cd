import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openConnectorAudit } from './audit.ts'
import { openConnectorsState } from './state.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'state-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const failure = (version: string) => ({ version, reason: 'crashed', at: '2026-11-25T08:00:00.000Z' })

describe('openConnectorsState', () => {
  test('remembers, for whoever opens the directory next', async () => {
    await openConnectorsState(directory).change('small', before => ({ ...before, pin: '1.4.x' }))

    const again = openConnectorsState(directory)

    expect(await again.of('small')).toEqual({ pin: '1.4.x', quarantined: [], active: {} })
    expect(await again.of('big')).toEqual({ quarantined: [], active: {} })
  })

  test('writes nothing when nothing changes', async () => {
    const state = openConnectorsState(directory)

    await state.change('small', before => before)

    expect(await readdir(directory)).not.toContain('state.json')
  })

  test('loses no change of agents that share the directory', async () => {
    const agents = Array.from({ length: 4 }, () => openConnectorsState(directory))
    const versions = Array.from({ length: 40 }, (_, index) => `1.0.${index}`)

    await Promise.all(
      versions.map((version, index) =>
        agents[index % 4]?.change('small', before => ({
          ...before,
          quarantined: [...before.quarantined, failure(version)],
        })),
      ),
    )

    const { quarantined } = await openConnectorsState(directory).of('small')
    expect(quarantined.map(({ version }) => version).sort()).toEqual([...versions].sort())
  })

  test('leaves the file as it was when a change fails, and goes on', async () => {
    const state = openConnectorsState(directory)
    await state.change('small', before => ({ ...before, pin: '1.4.x' }))
    const text = await readFile(join(directory, 'state.json'), 'utf8')

    const failing = state.change('small', () => {
      throw new TypeError('no')
    })

    await expect(failing).rejects.toMatchObject({ code: 'INSTALL_FAILED' })
    expect(await readFile(join(directory, 'state.json'), 'utf8')).toBe(text)
    await expect(state.change('small', before => ({ ...before, pin: '1.5.x' }))).resolves.toMatchObject({
      pin: '1.5.x',
    })
  })

  test.each([
    ['{"connectors":', 'state.json is no JSON'],
    ['{"connectors":{"small":{"pin":1,"quarantined":[],"active":{}}}}', 'state.json: /connectors/small/pin'],
  ])('refuses %s', async (text, message) => {
    await writeFile(join(directory, 'state.json'), text)

    await expect(openConnectorsState(directory).of('small')).rejects.toMatchObject({
      code: 'CONNECTOR_STATE_INVALID',
      message: expect.stringContaining(message),
    })
  })
})

describe('openConnectorAudit', () => {
  test('adds a line for each change and never takes one away', async () => {
    const file = join(directory, 'logs', 'connectors-audit.ndjson')
    await openConnectorAudit(file, 'a').write({
      action: 'pinned',
      connector: 'small',
      version: '1.4.x',
      by: 'operator',
    })
    await openConnectorAudit(file, 'b').write({ action: 'unpinned', connector: 'small', by: 'operator' })

    const lines = (await readFile(file, 'utf8'))
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))

    expect(lines).toEqual([
      { at: expect.any(String), agent: 'a', action: 'pinned', connector: 'small', version: '1.4.x', by: 'operator' },
      { at: expect.any(String), agent: 'b', action: 'unpinned', connector: 'small', by: 'operator' },
    ])
  })
})
