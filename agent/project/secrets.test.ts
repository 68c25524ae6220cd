import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { asSecretReference, decryptSecret, encryptSecret, ensureKeyFile, readKey, readSecret } from './secrets.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'secrets-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const unavailable = expect.objectContaining({ code: 'SECRET_UNAVAILABLE' })

describe('encryptSecret and decryptSecret', () => {
  const key = randomBytes(32)

  test.each(['hunter2', '', 'ümläut ✓', 'x'.repeat(10_000)])('give back what went in', secret => {
    expect(decryptSecret(encryptSecret(secret, key), key)).toBe(secret)
  })

  test('never give the same text twice', () => {
    expect(encryptSecret('hunter2', key)).not.toBe(encryptSecret('hunter2', key))
  })

  test('refuse another key', () => {
    expect(() => decryptSecret(encryptSecret('hunter2', key), randomBytes(32))).toThrow(unavailable)
  })

  test.each([5, 20, 35])('refuse a value with byte %d changed', index => {
    const bytes = Buffer.from(encryptSecret('hunter2', key).slice(3), 'base64url')
    bytes.writeUInt8(bytes.readUInt8(index - 1) ^ 1, index - 1)

    expect(() => decryptSecret(`v1:${bytes.toString('base64url')}`, key)).toThrow(unavailable)
  })

  test.each(['hunter2', 'v2:AAAA', 'v1:', 'v1:AAAA', 'v1:ä'])('refuse %j, which was never encrypted', text => {
    expect(() => decryptSecret(text, key)).toThrow(/agent secret encrypt/)
  })
})

describe('ensureKeyFile and readKey', () => {
  test('make a key of 32 bytes for its owner only, once', () => {
    const keyFile = join(directory, 'var', 'secret.key')

    ensureKeyFile(keyFile)
    const first = readFileSync(keyFile, 'utf8')
    ensureKeyFile(keyFile)

    expect(statSync(keyFile).mode & 0o777).toBe(0o600)
    expect(readFileSync(keyFile, 'utf8')).toBe(first)
    expect(readKey({ keyFile })).toEqual(Buffer.from(first, 'base64'))
  })

  test('prefer the key itself to the file', () => {
    const key = randomBytes(32)

    expect(readKey({ key: key.toString('base64'), keyFile: join(directory, 'none') })).toEqual(key)
  })

  test('refuse a file that others may read, with the cure', () => {
    const keyFile = join(directory, 'secret.key')
    ensureKeyFile(keyFile)
    chmodSync(keyFile, 0o640)

    expect(() => readKey({ keyFile })).toThrow(`chmod 600 ${keyFile}`)
  })

  test('refuse a missing file, and a key of another length without repeating it', () => {
    const keyFile = join(directory, 'secret.key')
    writeFileSync(keyFile, 'cGxhbnRlZA==', { mode: 0o600 })

    expect(() => readKey({ keyFile: join(directory, 'none') })).toThrow(unavailable)
    expect(() => readKey({ keyFile })).toThrow('the key must be 32 bytes in base64')
  })
})

describe('asSecretReference', () => {
  test.each([
    [{ env: 'NAME' }, true],
    [{ file: 'x' }, true],
    [{ encrypted: 'v1:x' }, true],
    [{ env: 'NAME', file: 'x' }, false],
    [{ env: 5 }, false],
    [{ other: 'x' }, false],
    [{}, false],
    [['env'], false],
    ['env', false],
    [null, false],
  ])('of %j is a reference: %j', (value, isReference) => {
    expect(asSecretReference(value) !== undefined).toBe(isReference)
  })
})

describe('readSecret', () => {
  const sources = () => ({ env: { TOKEN: 'from-env', EMPTY: '' }, directory, key: { keyFile: join(directory, 'key') } })

  test('reads an environment variable, a file relative to the project, an encrypted value', async () => {
    writeFileSync(join(directory, 'token'), 'from-file\n')
    ensureKeyFile(join(directory, 'key'))
    const encrypted = encryptSecret('from-cipher', readKey(sources().key))

    const read = [{ env: 'TOKEN' }, { file: 'token' }, { encrypted }].map(each => readSecret(each, sources()))

    expect(await Promise.all(read)).toEqual(['from-env', 'from-file', 'from-cipher'])
  })

  test.each([{ env: 'MISSING' }, { env: 'EMPTY' }, { file: 'missing' }, { encrypted: 'v1:AAAA' }])(
    'refuses %j',
    async reference => {
      await expect(readSecret(reference, sources())).rejects.toEqual(unavailable)
    },
  )
})
