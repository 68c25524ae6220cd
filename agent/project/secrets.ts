import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { AgentError, toError } from '../errors.ts'

/**
 * An encrypted value is `v1:` and, in base64url, 12 bytes of IV, 16 bytes of tag and the cipher text of AES-256-GCM
 * (NIST SP 800-38D). The version is authenticated too.
 */
const version = 'v1'
const algorithm = 'aes-256-gcm'
const keyBytes = 32
const ivBytes = 12
const tagBytes = 16

/** Where the key of encrypted values is. */
export interface KeySource {
  readonly keyFile: string
  /** The key itself in base64; goes before the file. */
  readonly key?: string
}

/** Encrypts a secret for a project file. */
export function encryptSecret(secret: string, key: Buffer): string {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv(algorithm, key, iv).setAAD(Buffer.from(version))
  const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
  return `${version}:${Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url')}`
}

/** Throws SECRET_UNAVAILABLE for a value that is damaged or was encrypted with another key. */
export function decryptSecret(encrypted: string, key: Buffer): string {
  const [, body] = /^v1:([A-Za-z0-9_-]+)$/.exec(encrypted) ?? []
  const bytes = Buffer.from(body ?? '', 'base64url')
  if (bytes.length < ivBytes + tagBytes) throw unavailable('it does not look like a value of `agent secret encrypt`')
  try {
    const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes })
    decipher.setAAD(Buffer.from(version)).setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
    return Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]).toString('utf8')
  } catch (cause) {
    throw unavailable('it was encrypted with another key, or it is damaged', cause)
  }
}

/** Reads the key. Throws SECRET_UNAVAILABLE when there is none, or others may read it. */
export function readKey({ key, keyFile }: KeySource): Buffer {
  const bytes = Buffer.from(key ?? readKeyFile(keyFile), 'base64')
  if (bytes.length !== keyBytes) throw unavailable(`the key must be ${keyBytes} bytes in base64`)
  return bytes
}

/** Writes a new random key for its owner only, when there is none yet. Throws CONFIG_INVALID. */
export function ensureKeyFile(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o750 })
    writeFileSync(file, `${randomBytes(keyBytes).toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return
    const cause = toError(thrown)
    throw new AgentError('CONFIG_INVALID', `secrets.keyFile ${file} cannot be written: ${cause.message}`, { cause })
  }
  chmodSync(file, 0o600) // whatever the umask says
}

function readKeyFile(file: string): string {
  try {
    const others = statSync(file).mode & 0o077
    if (others !== 0) throw new Error(`others may read it; run: chmod 600 ${file}`)
    return readFileSync(file, 'utf8').trim()
  } catch (thrown) {
    throw unavailable(`the key file ${file} cannot be used: ${toError(thrown).message}`, thrown)
  }
}

/** How a setting refers to a secret instead of holding it. */
export type SecretReference = { readonly env: string } | { readonly file: string } | { readonly encrypted: string }

/** A mapping with exactly one of the keys `env`, `file`, `encrypted`. */
export function asSecretReference(value: unknown): SecretReference | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const entries = Object.entries(value)
  const [key, text] = entries[0] ?? []
  if (entries.length !== 1 || typeof text !== 'string') return undefined
  return key === 'env' || key === 'file' || key === 'encrypted' ? (value as SecretReference) : undefined // checked above
}

/** What secrets are read from. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Relative `file` secrets start here. */
  readonly directory: string
  readonly key: KeySource
}

/** Reads a secret. Throws SECRET_UNAVAILABLE; the message never holds any part of it. */
export async function readSecret(reference: SecretReference, { env, directory, key }: SecretSources): Promise<string> {
  if ('encrypted' in reference) return decryptSecret(reference.encrypted, readKey(key))
  if ('env' in reference) {
    const value = env[reference.env]
    if (value === undefined || value === '') throw unavailable(`the environment variable ${reference.env} is not set`)
    return value
  }
  try {
    return (await readFile(resolve(directory, reference.file), 'utf8')).trim()
  } catch (thrown) {
    throw unavailable(`the file ${reference.file} cannot be read: ${toError(thrown).message}`, thrown)
  }
}

function unavailable(problem: string, cause?: unknown): AgentError {
  return new AgentError('SECRET_UNAVAILABLE', problem, { cause })
}
