import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createResolver } from './resolve.ts'
import { encryptSecret, ensureKeyFile, readKey } from './secrets.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'project-'))
  write(
    'connections/shop.yaml',
    'connector: bigcommerce\nsettings:\n  storeHash: "[hash]"\n  accessToken: {env: TOKEN}\n',
  )
  write(
    'connections/files.yaml',
    'connector: local-storage\nversion: ^1.0.0\nsettings: {directory: "[dir{var/files}]"}\n',
  )
  write('operations/Copy.yaml', operation)
  write('variables.yaml', 'hash: from-project\nsize: 250\n')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const operation = `source:
  connection: shop
  activity: Query
  options: {object: products, pageSize: "[size]"}
transformation:
  where: tags[0] = "[size]"
  fields:
    first: images[0].url
    size: {value: "[size]"}
    sum: {expression: "$sum(a[b].c)"}
target:
  connection: files
  activity: Write
  options: {path: "out-[hash].csv"}
timeoutSeconds: 60
continueOnError: false
logMessages: errors
`

function write(path: string, text: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true })
  writeFileSync(join(directory, path), text)
}

function resolver(env: Record<string, string> = { TOKEN: 'planted-secret' }) {
  return createResolver({ env, directory, key: { keyFile: join(directory, 'secret.key') } })
}

describe('operation', () => {
  test('fills connections, variables and secrets in', async () => {
    expect(await resolver().operation({ operation: 'Copy' })).toEqual({
      name: 'Copy',
      source: {
        connectionName: 'shop',
        connector: 'bigcommerce',
        settings: { storeHash: 'from-project', accessToken: 'planted-secret' },
        secrets: ['planted-secret'],
        activity: 'Query',
        options: { object: 'products', pageSize: 250 },
      },
      target: {
        connectionName: 'files',
        connector: 'local-storage',
        version: '^1.0.0',
        settings: { directory: 'var/files' },
        secrets: [],
        activity: 'Write',
        options: { path: 'out-from-project.csv' },
      },
      transformation: {
        where: 'tags[0] = "[size]"',
        fields: { first: 'images[0].url', size: { value: 250 }, sum: { expression: '$sum(a[b].c)' } },
      },
      timeoutSeconds: 60,
      stopRule: { continueOnError: false },
      logMessages: 'errors',
    })
  })

  test('prefers the variables of the job to those of the project', async () => {
    const { source } = await resolver().operation({ operation: 'Copy', variables: { size: 10 } })

    expect(source).toMatchObject({ options: { pageSize: 10 } })
  })

  test('lets a job say what stands in the operation log', async () => {
    const { logMessages } = await resolver().operation({ operation: 'Copy', logMessages: 'everything' })

    expect(logMessages).toBe('everything')
  })

  test('lets no variable of a job into a connection of the project, whose secrets would follow it', async () => {
    const { source } = await resolver().operation({ operation: 'Copy', variables: { hash: 'evil' } })

    expect(source).toMatchObject({ settings: { storeHash: 'from-project' } })
  })

  test('lets no variable of a job into a connection inside an operation of the project', async () => {
    write(
      'operations/Inline.yaml',
      operation.replace('connection: shop', 'connection: {connector: bigcommerce, settings: {storeHash: "[hash]"}}'),
    )

    const { source } = await resolver().operation({ operation: 'Inline', variables: { hash: 'evil' } })

    expect(source).toMatchObject({ settings: { storeHash: 'from-project' } })
  })

  test('names file and line of a variable that has no value', async () => {
    write('variables.yaml', 'size: 1\n')

    await expect(resolver().operation({ operation: 'Copy' })).rejects.toMatchObject({
      code: 'VARIABLE_UNDEFINED',
      message: expect.stringContaining('connections/shop.yaml:3: variable "hash"'),
    })
  })

  test('names file, line and setting of a secret that cannot be had', async () => {
    await expect(resolver({}).operation({ operation: 'Copy' })).rejects.toMatchObject({
      code: 'SECRET_UNAVAILABLE',
      message: 'connections/shop.yaml:4: setting accessToken: the environment variable TOKEN is not set',
    })
  })

  describe('inside a job', () => {
    const target = { connection: 'files', activity: 'Write' }
    const withToken = (accessToken: unknown) => ({
      operation: {
        source: { connection: { connector: 'bigcommerce', settings: { accessToken } }, activity: 'Query' },
        target,
      },
    })

    test('brings its own connection along', async () => {
      const job = { operation: { source: { connection: { connector: 'variable' }, activity: 'Read' }, target } }

      expect(await resolver().operation(job)).toMatchObject({
        name: 'inline',
        source: { connectionName: 'inline', connector: 'variable', settings: {}, options: {} },
        target: { connectionName: 'files' },
      })
    })

    test.each([{ env: 'TOKEN' }, { file: 'variables.yaml' }])(
      'cannot read secrets of the agent by %j',
      async reference => {
        await expect(resolver().operation(withToken(reference))).rejects.toMatchObject({
          code: 'SECRET_UNAVAILABLE',
          message: expect.stringContaining('job /operation/source/connection/settings/accessToken'),
        })
      },
    )

    test('cannot do so by a variable either', async () => {
      const job = { ...withToken({ env: '[name]' }), variables: { name: 'TOKEN' } }

      await expect(resolver().operation(job)).rejects.toMatchObject({ code: 'SECRET_UNAVAILABLE' })
    })

    test('may bring an encrypted secret', async () => {
      const keyFile = join(directory, 'secret.key')
      ensureKeyFile(keyFile)
      const encrypted = encryptSecret('planted-secret', readKey({ keyFile }))

      const { source } = await resolver().operation(withToken({ encrypted }))

      expect(source).toMatchObject({ settings: { accessToken: 'planted-secret' }, secrets: ['planted-secret'] })
    })
  })
})

describe('connection', () => {
  test('fills one connection in', async () => {
    expect(await resolver().connection('shop')).toEqual({
      connectionName: 'shop',
      connector: 'bigcommerce',
      settings: { storeHash: 'from-project', accessToken: 'planted-secret' },
      secrets: ['planted-secret'],
    })
  })

  test('names the nearest when there is none of that name', async () => {
    await expect(resolver().connection('shpo')).rejects.toMatchObject({
      code: 'CONNECTION_NOT_FOUND',
      message: expect.stringContaining('did you mean "shop"?'),
    })
  })
})
