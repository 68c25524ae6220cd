import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Sandbox, type SandboxOptions, type Switches, startSandbox } from './sandbox.ts'
import { allV3, ask, type Reply } from './sandbox-test.ts'

const options: SandboxOptions = { products: 130, customers: 60, orders: 0, plan: 'unlimited' }
let store: Sandbox
beforeAll(async () => {
  store = await startSandbox(options)
})
afterAll(() => store.close())

async function askWith(switches: Partial<Switches>, path: string): Promise<Reply> {
  const other = await startSandbox({ ...options, switches })
  return ask(other, path).finally(() => other.close())
}

const idsOf = ({ body }: Reply): readonly number[] => body.data.map(({ id }: { id: number }) => id)

describe('the envelope of v3', () => {
  test('of a list holds data and meta', async () => {
    const { body } = await ask(store, '/v3/catalog/brands')

    expect(Object.keys(body)).toEqual(['data', 'meta'])
    expect(Object.keys(body.meta)).toEqual(['pagination'])
  })

  test('of one record has an empty meta', async () => {
    const { body } = await ask(store, '/v3/catalog/products/1')

    expect(body).toMatchObject({ data: { id: 1 }, meta: {} })
  })

  test('has the empty array of PHP for meta where the switch says so', async () => {
    const { body } = await askWith({ emptyMeta: 'array' }, '/v3/catalog/products/1')

    expect(body.meta).toEqual([])
  })

  test('of a missing record is the usual error', async () => {
    const { status, body } = await ask(store, '/v3/catalog/products/9999')

    expect({ status, body }).toMatchObject({ status: 404, body: { status: 404, errors: {} } })
  })

  test('of the summary counts the catalogue', async () => {
    const { body } = await ask(store, '/v3/catalog/summary')
    const variants = await allV3(store, '/v3/catalog/variants?limit=250')

    expect(body.data).toMatchObject({
      variant_count: variants.length,
      inventory_count: variants.reduce((sum, { inventory_level }) => sum + inventory_level, 0),
      highest_variant_price: Math.max(...variants.map(({ calculated_price }) => calculated_price)),
      lowest_variant_price: Math.min(...variants.map(({ calculated_price }) => calculated_price)),
      primary_category_id: 1,
    })
  })
})

describe('paging of v3', () => {
  test('starts with fifty and tells what follows', async () => {
    const { body } = await ask(store, '/v3/catalog/products')

    expect(body.data).toHaveLength(50)
    expect(body.meta.pagination).toEqual({
      total: 130,
      count: 50,
      per_page: 50,
      current_page: 1,
      total_pages: 3,
      links: { current: '?page=1&limit=50', next: '?page=2&limit=50' },
      too_many: false,
    })
  })

  test('ends with a page that has no next', async () => {
    const { body } = await ask(store, '/v3/catalog/products?page=3&limit=60')

    expect(body.meta.pagination).toMatchObject({
      count: 10,
      links: { previous: '?page=2&limit=60', current: '?page=3&limit=60' },
    })
    expect(body.meta.pagination.links).not.toHaveProperty('next')
  })

  test('keeps the filters in its links, and leads to every record once', async () => {
    const products = await allV3(store, '/v3/catalog/products?id:min=10&limit=7')

    expect(products.map(({ id }) => id)).toEqual(products.map(({ id }) => id).sort((one, other) => one - other))
    expect(new Set(products.map(({ id }) => id)).size).toBe(121)
  })

  test('answers a page past the end with 200 and nothing', async () => {
    const { status, body } = await ask(store, '/v3/catalog/products?page=9')

    expect({ status, data: body.data }).toEqual({ status: 200, data: [] })
  })

  test('answers an empty list with 200 and no pages', async () => {
    const { status, body } = await ask(store, '/v3/catalog/products?id:min=99999')

    expect({ status, ...body.meta.pagination }).toMatchObject({ status: 200, total: 0, total_pages: 0 })
  })

  test('counts one page for an empty list where the switch says so', async () => {
    const { body } = await askWith({ emptyTotalPages: 1 }, '/v3/catalog/products?id:min=99999')

    expect(body.meta.pagination.total_pages).toBe(1)
  })

  test('caps the limit at 250', async () => {
    const { body } = await ask(store, '/v3/catalog/variants?limit=999')

    expect([body.data.length, body.meta.pagination.per_page]).toEqual([247, 250])
  })

  test('refuses a limit above 250 where the switch says so', async () => {
    expect((await askWith({ limitAboveMaximum: 'refuse' }, '/v3/catalog/variants?limit=251')).status).toBe(413)
  })

  test.each(['page=0', 'page=x', 'limit=0', 'limit=-1'])('refuses %s', async parameter => {
    expect((await ask(store, `/v3/catalog/products?${parameter}`)).status).toBe(422)
  })

  test('gives ten records a page with options included, whatever the limit', async () => {
    const { body } = await ask(store, '/v3/catalog/products?include=options&limit=100')

    expect(body.meta.pagination).toMatchObject({ count: 10, per_page: 10, total_pages: 13 })
  })

  test('counts the pages by the asked limit where the switch says so', async () => {
    const { body } = await askWith(
      { totalPagesUnderPageCap: 'asked' },
      '/v3/catalog/products?include=options&limit=100',
    )

    expect(body.meta.pagination).toMatchObject({ count: 10, total_pages: 2 })
  })
})

describe('cursors', () => {
  test('lead through a list and back', async () => {
    const first = await ask(store, '/v3/customers?limit=20')
    const second = await ask(store, `/v3/customers${first.body.meta.cursor_pagination.links.next}`)
    const back = await ask(store, `/v3/customers${second.body.meta.cursor_pagination.links.previous}`)

    expect(idsOf(second)).toEqual(idsOf(await ask(store, '/v3/customers?limit=20&page=2')))
    expect(idsOf(back)).toEqual(idsOf(first))
  })

  test('end without a next', async () => {
    const whole = await ask(store, '/v3/customers?limit=250')
    const last = Buffer.from(JSON.stringify({ id: idsOf(whole).at(-3) })).toString('base64')
    const { body } = await ask(store, `/v3/customers?limit=20&after=${encodeURIComponent(last)}`)

    expect(body.data).toHaveLength(2)
    expect(body.meta.cursor_pagination.links).not.toHaveProperty('next')
  })

  test('make the page ignored', async () => {
    const { body } = await ask(store, '/v3/customers?limit=20')
    const after = encodeURIComponent(body.meta.cursor_pagination.end_cursor)

    const { meta } = (await ask(store, `/v3/customers?limit=20&page=7&after=${after}`)).body

    expect(meta).toHaveProperty('cursor_pagination.count', 20)
    expect(meta).not.toHaveProperty('pagination')
  })

  test('follow the order that is asked for', async () => {
    const path = '/v3/customers?limit=7&sort=last_name:desc'
    const first = await ask(store, path)
    const second = await ask(store, `/v3/customers${first.body.meta.cursor_pagination.links.next}`)

    expect(idsOf(second)).toEqual(idsOf(await ask(store, `${path}&page=2`)))
  })

  test('are told on the first page only', async () => {
    const { body } = await ask(store, '/v3/customers?limit=20&page=2')

    expect(Object.keys(body.meta)).toEqual(['pagination'])
  })

  test.each(['after=eyJpZCI6MX0=&before=eyJpZCI6Mn0=', 'after=nonsense', 'before=eyJpZCI6OTk5OTl9'])(
    'cannot be %s',
    async cursors => {
      expect((await ask(store, `/v3/customers?${cursors}`)).status).toBe(422)
    },
  )

  test('may be both given where the switch says so', async () => {
    const path = '/v3/customers?after=eyJpZCI6MX0=&before=eyJpZCI6Mn0='

    expect(idsOf(await askWith({ bothCursors: 'after-wins' }, path))[0]).toBe(2)
  })
})

describe('what a list shows', () => {
  test('is the fields asked for, and always the id', async () => {
    const { body } = await ask(store, '/v3/catalog/products?include_fields=name&limit=1')
    const rest = await ask(store, '/v3/catalog/products?exclude_fields=id,name&limit=1')

    expect(Object.keys(body.data[0])).toEqual(['id', 'name'])
    expect(Object.keys(rest.body.data[0])).toEqual(expect.arrayContaining(['id', 'sku']))
    expect(rest.body.data[0]).not.toHaveProperty('name')
  })

  test('is sorted by what the document names', async () => {
    const { body } = await ask(store, '/v3/catalog/products?sort=price&direction=desc')
    const prices = body.data.map(({ price }: { price: number }) => price)

    expect(prices).toEqual([...prices].sort((one, other) => other - one))
  })

  test.each([
    '/v3/catalog/brands?sort=id',
    '/v3/catalog/products?sort=constructor',
    '/v3/catalog/products?sort=name&direction=up',
    '/v3/customers?sort=id:asc',
    '/v3/customers?sort=date_created',
  ])('is not %s', async path => {
    expect((await ask(store, path)).status).toBe(422)
  })
})
