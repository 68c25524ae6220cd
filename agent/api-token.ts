import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Config } from './config/schema.ts'
import { AgentError, toError } from './errors.ts'

/**
 * The bearer token of the API: from the configuration, else from the token file, which is written with a new random
 * token, readable for its owner only, when it is not there. Throws CONFIG_INVALID.
 */
export function ensureApiToken({ token, tokenFile }: Config['api']): string {
  if (token !== undefined) return token
  try {
    mkdirSync(dirname(tokenFile), { recursive: true, mode: 0o750 })
    const made = randomBytes(32).toString('base64url')
    writeFileSync(tokenFile, `${made}\n`, { mode: 0o600, flag: 'wx' })
    return made
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw unusable(tokenFile, thrown)
  }
  const kept = readToken(tokenFile)
  if (kept === '') throw unusable(tokenFile, new Error('it is empty; delete it and the agent writes a new one'))
  return kept
}

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (thrown) {
    throw unusable(file, thrown)
  }
}

function unusable(file: string, thrown: unknown): AgentError {
  const cause = toError(thrown)
  return new AgentError('CONFIG_INVALID', `api.tokenFile ${file} cannot be used: ${cause.message}`, { cause })
}
