import { describe, expect, test } from '@jest/globals'
import type { AgentControl } from '../api/control.ts'
import { shareCliTests } from './cli-test.ts'

const open = shareCliTests()

const connectionsOf = (...connections: Awaited<ReturnType<AgentControl['connections']>>) => ({
  connections: async () => connections,
})

describe('objects', () => {
  test('lists objects with their sub-objects and activities', async () => {
    const { run } = await open()

    const { stdout, exitCode } = await run(['objects'])

    expect(stdout).toBe(
      [
        'object    sub-object  label                 activities',
        'products              Products              Query Create',
        'products  images      Images                Query',
        'coupons               Coupons (deprecated)  Query',
        '3 objects (shop: bigcommerce 0.1.0)\n',
      ].join('\n'),
    )
    expect(exitCode).toBe(0)
  })

  test.each([[['coup']], [['shop', 'coup']], [['coup', '--connection', 'shop']]])(
    'finds by a part of a name: %j',
    async args => {
      const { run } = await open()

      const { stdout } = await run(['objects', ...args, '--json'])

      expect(JSON.parse(stdout).objects).toMatchObject([{ name: 'coupons' }])
    },
  )

  test('says so when nothing fits', async () => {
    const { run } = await open()

    expect((await run(['objects', 'unicorns'])).stdout).toBe('0 objects (shop: bigcommerce 0.1.0)\n')
  })
})

describe('the connection that is meant', () => {
  test('must be named when several have objects', async () => {
    const { run } = await open(connectionsOf({ name: 'a', hasObjects: true }, { name: 'b', hasObjects: true }))

    const { stderr, exitCode } = await run(['objects'])

    expect(stderr).toContain(
      'error CONNECTION_NOT_FOUND: several connections have objects, name one of them first: "a", "b"',
    )
    expect(exitCode).toBe(1)
  })

  test('is told to be missing when none has objects, with what stands in the way', async () => {
    const { run } = await open(
      connectionsOf(
        { name: 'files', hasObjects: false },
        { name: 'bad', hasObjects: false, problem: 'bad.yaml:1: no' },
      ),
    )

    const { stderr } = await run(['query', 'products'])

    expect(stderr).toContain(
      'no connection of the project has objects to choose from, name one first: "files", "bad"; bad: bad.yaml:1: no',
    )
  })

  test('is told to be missing when the project is empty', async () => {
    const { run } = await open(connectionsOf())

    expect((await run(['schema', 'products'])).stderr).toContain('the project has no connections')
  })

  test('is the one named, even when the project does not know it', async () => {
    const { run } = await open()

    expect((await run(['objects', '-c', 'none'])).stderr).toContain(
      'error CONNECTION_NOT_FOUND: the project has no connection "none"',
    )
  })
})

describe('schema', () => {
  test('shows what an activity takes, field by field, and its options', async () => {
    const { run } = await open()

    const { stdout } = await run(['schema', 'products', '--activity', 'Create'])

    expect(stdout).toBe(
      [
        'products, activity Create (shop: bigcommerce 0.1.0)',
        '',
        'What it takes',
        'field         type                       limits',
        'id            integer         read-only',
        'name          string          required   characters at most 250',
        'price         number or null             at least 0',
        'state         string                     one of new, used',
        'images        list of object',
        'images[].url  string',
        '',
        'Its options',
        'field    type      limits',
        'object   string',
        'filters  object',
        '',
      ].join('\n'),
    )
  })

  test('shows what the first activity yields when none is named', async () => {
    const { run } = await open()

    expect((await run(['schema', 'shop', 'products', 'images'])).stdout).toMatch(
      /^products\/images, activity Query .*\n\nWhat it yields\n/,
    )
  })

  test('tells an unknown object with the nearest and what to do, and is wrong usage', async () => {
    const { run } = await open()

    const { stderr, exitCode } = await run(['schema', 'prodcuts', '--json'])

    expect(JSON.parse(stderr).error).toEqual({
      code: 'OBJECT_UNKNOWN',
      message: 'there is no object "prodcuts", did you mean "products"?',
      cure: 'choose one of the objects that the connector lists',
    })
    expect(exitCode).toBe(2)
  })
})

describe('query', () => {
  test('shows a table of the first plain fields, and says what it leaves out', async () => {
    const { run } = await open()

    const { stdout } = await run(['query', 'products', '--limit', '2', '--fields', 'id,name,none'])

    expect(stdout).toBe(
      'id  name\n1   Product 1\n2   Product 2\n2 records; 2 more fields: --json shows all, --fields chooses\n',
    )
  })

  test('asks for what the flags say', async () => {
    const { run } = await open()

    const { stdout } = await run([
      ...['query', 'shop', 'products', 'images', '--limit', '1', '--json', '--activity', 'Query'],
      ...['--filter', 'price:min=5', '--filter', 'name=a=b', '--include', 'variants, images'],
      ...['--option', 'pageSize=7', '--option', 'sort=name'],
    ])

    expect(JSON.parse(stdout).records[0].asked).toEqual({
      object: 'products',
      subObject: 'images',
      filters: { 'price:min': '5', name: 'a=b' },
      include: ['variants', 'images'],
      pageSize: 7,
      sort: 'name',
    })
  })

  test('asks for ten records by itself, and refuses more than a thousand', async () => {
    const { run } = await open()

    const { stdout } = await run(['query', 'products'])
    const { stderr, exitCode } = await run(['query', 'products', '--limit', '1001'])

    expect(stdout).toContain('\n10 records')
    expect(stderr).toContain('/limit: ')
    expect(exitCode).toBe(2)
  })
})
