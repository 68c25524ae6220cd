import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Sandbox, SandboxOptions } from '../../connectors/bigcommerce/sandbox/sandbox.ts'
import type { AgentProcess, TestHome } from './agent-process.ts'
import { openShop, type Shop } from './shop.ts'

const planted = 'planted-secret-40be1d'

let shop: Shop
let home: TestHome
let store: Sandbox
let agent: AgentProcess
beforeAll(async () => {
  const tokens: SandboxOptions['tokens'] = [
    { accessToken: planted, scopes: 'all' },
    { accessToken: 'may-read-the-profile', scopes: ['store_v2_information_read_only'] },
  ]
  shop = await openShop({ products: 60, plan: 'unlimited', tokens }, planted)
  ;({ home, store } = shop)
  const poor = `{ storeHash: sandbox, accessToken: may-read-the-profile, apiUrl: "${store.url}" }`
  await home.write('connections/poor.yaml', `connector: bigcommerce\nsettings: ${poor}\n`)
  await home.write(
    'operations/brands.yaml',
    'source: { connection: poor, activity: Query, options: { object: brands } }\ntarget: { connection: files, activity: Write, options: { path: b.csv } }\n',
  )
  agent = await shop.start()
})
afterAll(() => shop.close())

/** A command as a user types it, in a process of its own. */
function command(...args: readonly string[]): Promise<{ stdout: string; stderr: string; exitCode: number }> {
  const main = join(import.meta.dirname, '..', 'main.js')
  const options = { env: { ...process.env, NODE_OPTIONS: '' } }
  return new Promise(resolve => {
    const child = execFile(
      process.execPath,
      [main, ...args, '--home', home.directory],
      options,
      (_error, stdout, stderr) => resolve({ stdout, stderr, exitCode: child.exitCode ?? 0 }),
    )
  })
}

describe('looking something up from the command line', () => {
  test('finds objects of a connection', async () => {
    const { stdout, exitCode } = await command('objects', 'shop', 'brand')

    expect(stdout).toMatch(/^object .*\nbrands .*Query/)
    expect(stdout).toContain('(shop: bigcommerce 0.1.0)')
    expect(exitCode).toBe(0)
  })

  test('shows the schema of an object', async () => {
    const { stdout } = await command('schema', 'shop', 'products')

    expect(stdout).toMatch(/^products, activity Query /)
    expect(stdout).toMatch(/\nprice +number or null/)
  })

  test('shows what the store has for a field, and what could not be had', async () => {
    const [known, refused] = await Promise.all([
      command('schema', 'shop', 'products', '--activity', 'Create'),
      command('schema', 'poor', 'products', '--activity', 'Create'),
    ])

    expect(known.stdout).toMatch(/\ncustom_fields\[\]\.name .*such as .*Material/)
    expect(known.stdout).not.toContain('Not known')
    expect(refused.stdout).toMatch(/\ncustom_fields\[\]\.name +string/)
    expect(refused.stdout).toMatch(/\nNot known of this account: custom fields \(GET .*403/)
    expect(refused.exitCode).toBe(0)
  })

  test('shows a sample of products', async () => {
    const { stdout } = await command('query', 'shop', 'products', '--filter', 'id:in=3,5', '--fields', 'id,name')

    expect(stdout).toMatch(/^id +name\n3 .*\n5 .*\n2 records/)
  })

  test('gives brands as JSON, no more than wanted', async () => {
    const { stdout } = await command('query', 'brands', '--connection', 'shop', '--limit', '3', '--json')

    expect(JSON.parse(stdout)).toMatchObject({
      connection: 'shop',
      activity: 'Query',
      records: [{ id: 1 }, { id: 2 }, { id: 3 }],
    })
  })

  test.each([
    [['query', 'shop', 'prodcuts'], 'OBJECT_UNKNOWN', 'did you mean "products"?'],
    [['query', 'shop', 'products', '--filter', 'prise=1'], 'OPTIONS_INVALID', 'did you mean "price"?'],
    [['query', 'shop', 'products', '--option', 'pageSize=0'], 'OPTIONS_INVALID', '/pageSize: '],
    [['schema', 'shop', 'products', '--activity', 'Qurey'], 'ACTIVITY_UNKNOWN', 'it has: Query'],
  ])('tells what is wrong with %j', async (args, code, message) => {
    const { stderr, exitCode } = await command(...args)

    expect(stderr).toContain(`error ${code}: `)
    expect(stderr).toContain(message)
    expect(exitCode).toBe(2)
  })

  test('asks for the connection when several have objects', async () => {
    const { stderr, exitCode } = await command('query', 'products')

    expect(stderr).toContain('several connections have objects, name one of them first: "poor", "shop"')
    expect(exitCode).toBe(1)
  })

  test('tests a token against what the operations of the project do with it', async () => {
    const { stdout, exitCode } = await command('test-connection', 'poor')

    expect(stdout).toContain('FAILED PERMISSION_DENIED: the token lacks scopes')
    expect(stdout).toContain('FAIL  scope store_v2_products_read_only: not granted, but needed for Query brands')
    expect(exitCode).toBe(3)
  })

  test('never shows or logs the token', async () => {
    const texts = await Promise.all([
      command('query', 'shop', 'products', '--json'),
      command('objects', 'shop', '--json'),
      command('query', 'shop', 'products', '--filter', `name=${planted}`, '--filter', 'nonsense=1'),
    ])

    expect(JSON.stringify(texts) + agent.output()).not.toContain(planted)
  })
})
