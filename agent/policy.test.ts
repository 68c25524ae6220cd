import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openPolicy } from './policy.ts'

let directory: string
let path: string
let warnings: string[]
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'policy-'))
  path = join(directory, 'policy.json')
  warnings = []
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const open = (disableAutoConnectorUpdate = false, file = path) => {
  const logger = { warn: (_fields: object, message: string) => void warnings.push(message) }
  return openPolicy({ disableAutoConnectorUpdate }, { path: file, logger })
}

describe('a policy', () => {
  test('holds over a restart, and is taken back', () => {
    open().set({ disableAutoConnectorUpdate: true })
    const after = open()

    expect(after.current()).toEqual({ disableAutoConnectorUpdate: true, forbiddenBy: ['api'] })
    expect(after.set({ disableAutoConnectorUpdate: false })).toEqual({
      disableAutoConnectorUpdate: false,
      forbiddenBy: [],
    })
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ disableAutoConnectorUpdate: false })
  })

  test('of the configuration is not lifted by the API', () => {
    const policy = open(true)

    expect(policy.set({ disableAutoConnectorUpdate: false })).toEqual({
      disableAutoConnectorUpdate: true,
      forbiddenBy: ['configuration'],
    })
  })

  test.each(['{"disableAuto', '{"disableAutoConnectorUpdate":1}', '[]'])(
    'that cannot be read forbids, and says so: %s',
    text => {
      writeFileSync(path, text)

      expect(open().current().disableAutoConnectorUpdate).toBe(true)
      expect(warnings).toEqual(['policy cannot be read; nothing is allowed until it is set'])
    },
  )

  test('that cannot be written holds, and says so', () => {
    const policy = open(false, join(directory, 'missing', 'policy.json'))

    expect(() => policy.set({ disableAutoConnectorUpdate: true })).toThrow('the policy holds, but not over a restart')
    expect(policy.current().disableAutoConnectorUpdate).toBe(true)
  })
})
