import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Sandbox, startSandbox } from '../../connectors/bigcommerce/sandbox/sandbox.ts'
import { type AgentProcess, createHome, startAgentProcess, type TestHome } from './agent-process.ts'
import { startRedis, type TestRedis } from './redis.ts'
import { writeShopProject } from './shop.ts'

const planted = 'planted-secret-40be1d'

let home: TestHome
let redis: TestRedis
let store: Sandbox
let agent: AgentProcess
beforeAll(async () => {
  ;[home, redis, store] = await Promise.all([
    createHome(),
    startRedis(),
    startSandbox({ products: 60, plan: 'unlimited', tokens: [{ accessToken: planted, scopes: 'all' }] }),
  ])
  await writeShopProject(home, store.url, planted)
  agent = await startAgentProcess({ home, redisUrl: redis.url })
})
afterAll(async () => {
  await agent.stop()
  await Promise.all([store.close(), redis.close()])
  await home.delete()
})

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
  test('finds objects without a word of the connection, as only one has objects', async () => {
    const { stdout, exitCode } = await command('objects', 'brand')

    expect(stdout).toMatch(/^object .*\nbrands .*Query/)
    expect(stdout).toContain('(shop: bigcommerce 0.1.0)')
    expect(exitCode).toBe(0)
  })

  test('shows the schema of an object', async () => {
    const { stdout } = await command('schema', 'products')

    expect(stdout).toMatch(/^products, activity Query /)
    expect(stdout).toMatch(/\nprice +number or null/)
  })

  test('shows a sample of products', async () => {
    const { stdout } = await command('query', 'shop', 'products', '--filter', 'id:in=3,5', '--fields', 'id,name')

    expect(stdout).toMatch(/^id +name\n3 .*\n5 .*\n2 records/)
  })

  test('gives brands as JSON, no more than wanted', async () => {
    const { stdout } = await command('query', 'brands', '--limit', '3', '--json')

    expect(JSON.parse(stdout)).toMatchObject({
      connection: 'shop',
      activity: 'Query',
      records: [{ id: 1 }, { id: 2 }, { id: 3 }],
    })
  })

  test.each([
    [['query', 'prodcuts'], 'OBJECT_UNKNOWN', 'did you mean "products"?'],
    [['query', 'products', '--filter', 'prise=1'], 'OPTIONS_INVALID', 'did you mean "price"?'],
    [['query', 'products', '--option', 'pageSize=0'], 'OPTIONS_INVALID', '/pageSize: '],
    [['schema', 'products', '--activity', 'Qurey'], 'ACTIVITY_UNKNOWN', 'it has: Query'],
  ])('tells what is wrong with %j', async (args, code, message) => {
    const { stderr, exitCode } = await command(...args)

    expect(stderr).toContain(`error ${code}: `)
    expect(stderr).toContain(message)
    expect(exitCode).toBe(2)
  })

  test('never shows or logs the token', async () => {
    const texts = await Promise.all([
      command('query', 'products', '--json'),
      command('objects', '--json'),
      command('query', 'products', '--filter', `name=${planted}`, '--filter', 'nonsense=1'),
    ])

    expect(JSON.stringify(texts) + agent.output()).not.toContain(planted)
  })
})
