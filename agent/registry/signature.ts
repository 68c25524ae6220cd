import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from 'node:crypto'
import { AgentError } from '../errors.ts'
import { canonicalForm, type Manifest } from './manifest.ts'

/** A public key whose releases are loaded, or, once revoked, never again. */
export interface TrustedKey {
  /** `keyIdOf(publicKey)`. */
  readonly id: string
  /** The 32 bytes of an Ed25519 key in base64. */
  readonly publicKey: string
  readonly revoked?: boolean
}

/** Whose releases are loaded. */
export interface Trust {
  readonly keys: readonly TrustedKey[]
  /** Whether releases without a signature are loaded too. */
  readonly allowUnsigned: boolean
}

/** Who answers for a release that is loaded. */
export type AcceptedSignature = { readonly tag: 'trusted'; readonly keyId: string } | { readonly tag: 'unsigned' }

/** The verdict over a signature. The reason ends a sentence that begins with the release. */
export type SignatureVerdict = AcceptedSignature | { readonly tag: 'refused'; readonly reason: string }

/** A new key pair: the public half as it is listed, the private half as PEM (PKCS #8). */
export function generateKeys(): { readonly trusted: TrustedKey; readonly privateKey: string } {
  const { privateKey } = generateKeyPairSync('ed25519')
  return { trusted: publicHalf(privateKey), privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

/** The first 16 hex digits of the SHA-256 of the 32 bytes of a public key. */
export function keyIdOf(publicKey: string): string {
  return createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex').slice(0, 16)
}

/** Reads a private key; `origin` names where it came from. Throws REQUEST_INVALID, and never repeats the text. */
export function readPrivateKey(pem: string, origin: string): KeyObject {
  let key: KeyObject | undefined
  try {
    key = createPrivateKey(pem)
  } catch {
    // What OpenSSL says of a broken key helps nobody.
  }
  if (key?.asymmetricKeyType === 'ed25519') return key
  throw new AgentError('REQUEST_INVALID', `${origin} holds no Ed25519 private key in PEM`)
}

/** The key that a private key's releases are checked with. */
export function publicHalf(privateKey: KeyObject): TrustedKey {
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' })
  const publicKey = Buffer.from(x ?? '', 'base64url').toString('base64')
  return { id: keyIdOf(publicKey), publicKey }
}

/** The manifest with a signature in the place of any it had. */
export function sign(manifest: Manifest, privateKey: KeyObject): Manifest {
  const value = signBytes(null, canonicalForm(manifest), privateKey).toString('base64')
  return { ...manifest, signature: { keyId: publicHalf(privateKey).id, value } }
}

/** Whether the keys answer for a manifest. A revoked key is refused, whoever else lists it as trusted. */
export function checkSignature(manifest: Manifest, { keys, allowUnsigned }: Trust): SignatureVerdict {
  const { signature } = manifest
  if (signature === undefined) return allowUnsigned ? { tag: 'unsigned' } : refused(unsignedReason)
  const { keyId, value } = signature
  const named = keys.filter(({ id }) => id === keyId)
  if (named.some(({ revoked }) => revoked === true)) {
    return refused(`is signed with key ${keyId}, which has been revoked; install a release signed with another key`)
  }
  const [key] = named
  if (key === undefined) {
    return refused(
      `is signed with key ${keyId}, which is not trusted; when you trust its author, add the key to connectors.trustedKeys`,
    )
  }
  if (!fits(manifest, value, key)) {
    return refused(`has a signature of key ${keyId} that does not fit: the manifest is not what was signed`)
  }
  return { tag: 'trusted', keyId }
}

const unsignedReason =
  'is not signed; install a signed release, or set connectors.allowUnsignedConnectors: true when you made it yourself'

function refused(reason: string): SignatureVerdict {
  return { tag: 'refused', reason }
}

function fits(manifest: Manifest, value: string, { id, publicKey }: TrustedKey): boolean {
  const bytes = Buffer.from(publicKey, 'base64')
  // A key under the id of another would let its owner sign in the other's name.
  if (bytes.length !== 32 || keyIdOf(publicKey) !== id) return false
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') }, format: 'jwk' })
  return verifyBytes(null, canonicalForm(manifest), key, Buffer.from(value, 'base64'))
}

/** What is wrong with a list of trusted keys, a line for each key; for the check of the configuration. */
export function trustedKeyProblems(keys: readonly TrustedKey[]): readonly string[] {
  return keys.flatMap(({ id, publicKey }, index) => {
    const right = keyIdOf(publicKey)
    return right === id ? [] : [`.${index}.id is not the id of its public key, which is ${right}`]
  })
}
