import { describe, expect, test } from '@jest/globals'
import { canonicalForm, type Manifest, parseManifest } from './manifest.ts'
import { checkSignature, generateKeys, keyIdOf, readPrivateKey, sign, trustedKeyProblems } from './signature.ts'

const author = generateKeys()
const other = generateKeys()
const key = readPrivateKey(author.privateKey, 'a test')
const manifest: Manifest = {
  name: 'small',
  version: '1.0.0',
  agent: '>=1',
  logger: 'org.jitterbit.connector.small',
  main: 'index.js',
  files: [{ path: 'index.js', sizeBytes: 3, sha512: 'a'.repeat(128) }],
}

describe('canonicalForm', () => {
  test('is JSON with sorted keys, without white space and signature', () => {
    const bytes = canonicalForm({ ...sign(manifest, key) })

    expect(bytes.toString()).toBe(
      `{"agent":">=1","files":[{"path":"index.js","sha512":"${'a'.repeat(128)}","sizeBytes":3}],"logger":"org.jitterbit.connector.small","main":"index.js","name":"small","version":"1.0.0"}`,
    )
  })

  test('does not depend on the order of keys and the layout of the text', () => {
    const turned = JSON.stringify(Object.fromEntries(Object.entries(manifest).reverse()), null, 7)

    expect(canonicalForm(parseManifest(turned, 'x'))).toEqual(canonicalForm(manifest))
  })

  test('holds keys that this agent does not know', () => {
    expect(canonicalForm(parseManifest(JSON.stringify({ ...manifest, later: 1 }), 'x')).toString()).toContain(
      '"later":1',
    )
  })
})

describe('parseManifest', () => {
  test.each([
    ['{', 'has no readable connector.json'],
    [JSON.stringify({ ...manifest, version: 'v1.0.0' }), 'has a version that is not semver: "v1.0.0"'],
    [JSON.stringify({ ...manifest, agent: 'new ones' }), 'names no semver range of agents: "new ones"'],
    [JSON.stringify({ ...manifest, main: 'other.js' }), 'does not list its main file'],
    [JSON.stringify({ ...manifest, files: [...manifest.files, ...manifest.files] }), 'has a file twice: index.js'],
    [
      JSON.stringify({ ...manifest, files: [...manifest.files, { ...manifest.files[0], path: 'INDEX.js' }] }),
      'has two paths that differ in case only: index.js and INDEX.js',
    ],
    [
      JSON.stringify({ ...manifest, files: [{ ...manifest.files[0], path: '/etc/passwd' }] }),
      'names a file outside itself: "/etc/passwd"',
    ],
    [
      JSON.stringify({ ...manifest, files: [{ ...manifest.files[0], path: 'a\\..\\b' }] }),
      'names a file outside itself',
    ],
    [JSON.stringify({ ...manifest, files: [{ ...manifest.files[0], path: 'a\u0000b' }] }), 'characters that are not'],
    [JSON.stringify({ ...manifest, name: undefined }), 'does not fit its schema: /name: is missing'],
  ])('refuses %s', (text, problem) => {
    expect(() => parseManifest(text, 'connector small')).toThrow(
      expect.objectContaining({ code: 'CONNECTOR_INVALID', message: expect.stringContaining(problem) }),
    )
  })
})

describe('checkSignature', () => {
  const signed = sign(manifest, key)
  const trust = { keys: [author.trusted], allowUnsigned: false }

  test('trusts what a trusted key signed, one of several', () => {
    const verdict = checkSignature(signed, { ...trust, keys: [other.trusted, author.trusted] })

    expect(verdict).toEqual({ tag: 'trusted', keyId: author.trusted.id })
  })

  test.each([
    ['a changed manifest', { ...signed, agent: '>=0' }, trust, 'does not fit: the manifest is not what was signed'],
    ['a key more in it', { ...signed, later: 1 }, trust, 'does not fit'],
    ['a key nobody trusts', signed, { ...trust, keys: [other.trusted] }, `${author.trusted.id}, which is not trusted`],
    [
      'a revoked key',
      signed,
      { ...trust, keys: [{ ...author.trusted, revoked: true }] },
      `${author.trusted.id}, which has been revoked`,
    ],
    [
      'a key that is revoked and listed as trusted too',
      signed,
      { ...trust, keys: [author.trusted, { ...author.trusted, revoked: true }] },
      'has been revoked',
    ],
    ['no signature', manifest, trust, 'is not signed'],
    [
      'the id of a trusted key and the signature of another',
      {
        ...manifest,
        signature: {
          keyId: author.trusted.id,
          value: sign(manifest, readPrivateKey(other.privateKey, 'x')).signature?.value ?? '',
        },
      },
      trust,
      'does not fit',
    ],
    [
      'a key listed under the id of another',
      { ...manifest, signature: { keyId: other.trusted.id, value: signed.signature?.value ?? '' } },
      { ...trust, keys: [{ id: other.trusted.id, publicKey: author.trusted.publicKey }] },
      'does not fit',
    ],
    [
      'an unknown key where unsigned ones are allowed',
      signed,
      { keys: [], allowUnsigned: true },
      'which is not trusted; when you trust its author, add the key to connectors.trustedKeys',
    ],
  ])('refuses %s', (_what, given, trusted, reason) => {
    expect(checkSignature(given, trusted)).toEqual({ tag: 'refused', reason: expect.stringContaining(reason) })
  })

  test('lets no signature pass where the operator allows it', () => {
    expect(checkSignature(manifest, { ...trust, allowUnsigned: true })).toEqual({ tag: 'unsigned' })
  })
})

describe('keys', () => {
  test('have an id that follows from them', () => {
    expect(author.trusted.id).toBe(keyIdOf(author.trusted.publicKey))
    expect(trustedKeyProblems([author.trusted, { ...other.trusted, id: author.trusted.id }])).toEqual([
      `.1.id is not the id of its public key, which is ${other.trusted.id}`,
    ])
  })

  test.each(['nonsense', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'])(
    'that are none are refused without being repeated: %j',
    text => {
      expect(() => readPrivateKey(text, '--key x')).toThrow('--key x holds no Ed25519 private key in PEM')
    },
  )
})
