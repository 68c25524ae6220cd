import type { KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { AgentError, toError } from '../errors.ts'
import { readPrivateKey } from './signature.ts'

/** The private key in a file, or in the text itself where that is PEM. Throws REQUEST_INVALID naming `origin`. */
export function signingKeyFrom(fileOrPem: string, origin: string): KeyObject {
  return readPrivateKey(fileOrPem.startsWith('-----BEGIN') ? fileOrPem : readText(fileOrPem, origin), origin)
}

function readText(file: string, origin: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (thrown) {
    throw new AgentError('REQUEST_INVALID', `${origin} cannot be read: ${toError(thrown).message}`, { cause: thrown })
  }
}
