import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Sandbox, startSandbox } from './sandbox.ts'
import { allV3, ask, type Reply } from './sandbox-test.ts'

let store: Sandbox
let customers: readonly Reply['body'][]
beforeAll(async () => {
  store = await startSandbox({ products: 10, customers: 300, orders: 0, plan: 'unlimited' })
  customers = await allV3(store, '/v3/customers?limit=250')
})
afterAll(() => store.close())

async function ids(query: string): Promise<readonly number[]> {
  return (await allV3(store, `/v3/customers?${query}`)).map(({ id }) => id)
}

function idsWhere(isWanted: (customer: Reply['body']) => boolean): readonly number[] {
  return customers.filter(isWanted).map(({ id }) => id)
}

describe('/v3/customers', () => {
  test('lists every customer once, with an e-mail address of its own', () => {
    expect(customers).toHaveLength(300)
    expect(new Set(customers.map(({ id }) => id)).size).toBe(300)
    expect(new Set(customers.map(({ email }) => email)).size).toBe(300)
  })

  test('shows the fields the service shows, without the parts', () => {
    expect(Object.keys(customers[0]).sort()).toEqual([
      'accepts_product_review_abandoned_cart_emails',
      'address_count',
      'attribute_count',
      'authentication',
      'channel_ids',
      'company',
      'customer_group_id',
      'date_created',
      'date_modified',
      'email',
      'first_name',
      'id',
      'last_name',
      'notes',
      'origin_channel_id',
      'phone',
      'registration_ip_address',
      'tax_exempt_category',
    ])
  })

  test('writes dates in UTC with a Z, and makes customers in order of their ids', () => {
    const created = customers.map(({ date_created }) => date_created)

    expect(created.every(date => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(date))).toBe(true)
    expect(created).toEqual([...created].sort())
    expect(customers.every(({ date_created, date_modified }) => date_created <= date_modified)).toBe(true)
  })

  test('filters by what belongs to one customer', async () => {
    const [, one, two] = customers.filter(({ registration_ip_address }) => registration_ip_address !== '')

    expect(await ids(`id:in=${two.id},${one.id}`)).toEqual([one.id, two.id])
    expect(await ids(`email:in=${one.email.toUpperCase()},${two.email}`)).toEqual([one.id, two.id])
    expect(await ids(`registration_ip_address:in=${one.registration_ip_address}`)).toContain(one.id)
    expect(await ids(`date_created=${one.date_created}`)).toContain(one.id)
  })

  test('filters by what many share', async () => {
    const { company } = customers.find(customer => customer.company !== '')
    const { phone } = customers.find(customer => customer.phone !== '')

    expect(await ids('customer_group_id:in=1,2')).toEqual(idsWhere(one => [1, 2].includes(one.customer_group_id)))
    expect(await ids(`company:in=${encodeURIComponent(company)}`)).toEqual(idsWhere(one => one.company === company))
    expect(await ids(`phone:in=${encodeURIComponent(phone)}`)).toEqual(idsWhere(one => one.phone === phone))
  })

  test('filters by the first and last name put together', async () => {
    const { first_name, last_name } = customers[5]

    expect(await ids(`name:in=${first_name}+${last_name}`)).toContain(customers[5].id)
    expect(
      await ids(`name:like=${`${first_name} ${last_name}`.slice(2, -2).toLowerCase().replace(' ', '+')}`),
    ).toContain(customers[5].id)
    expect(await ids('name:like=ada,vogel')).toEqual(
      idsWhere(one => /ada|vogel/i.test(`${one.first_name} ${one.last_name}`)),
    )
  })

  test('filters by when a customer was changed', async () => {
    expect(await ids('date_modified:min=2025-01-01T00:00:00Z')).toEqual(
      idsWhere(({ date_modified }) => date_modified >= '2025-01-01T00:00:00Z'),
    )
  })

  test.each([
    ['date_created:desc', 'date_created', -1],
    ['last_name:asc', 'last_name', 1],
    ['date_modified:asc', 'date_modified', 1],
  ])('sorts by %s', async (sort, field, sign) => {
    const values = (await allV3(store, `/v3/customers?limit=250&sort=${sort}`)).map(one => one[field])

    expect(values).toEqual([...values].sort((one, other) => sign * (one < other ? -1 : Number(one > other))))
  })

  test('includes the parts asked for, and no other', async () => {
    const { body } = await ask(store, '/v3/customers?include=addresses,attributes,storecredit&limit=50')

    expect(body.data.map((one: Reply['body']) => [one.addresses.length, one.attributes.length])).toEqual(
      customers.slice(0, 50).map(one => [one.address_count, one.attribute_count]),
    )
    expect(body.data[0].store_credit_amounts).toEqual([{ amount: expect.any(Number) }])
    expect(body.data[0]).not.toHaveProperty('form_fields')
    expect(body.data[0].addresses[0]).not.toHaveProperty('form_fields')
  })

  test('includes the form fields of addresses with those of the customer', async () => {
    const { body } = await ask(
      store,
      '/v3/customers?include=addresses,formfields,shopper_profile_id,segment_ids&limit=1',
    )

    expect(body.data[0]).toMatchObject({
      form_fields: [{ name: 'Licence number' }],
      addresses: [{ form_fields: [{ name: 'Delivery note' }] }],
      shopper_profile_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      segment_ids: [expect.stringMatching(/^[0-9a-f-]{36}$/)],
    })
  })
})

describe('/v3/customers/addresses', () => {
  test('lists the addresses that the customers count', async () => {
    const addresses = await allV3(store, '/v3/customers/addresses?limit=250')

    expect(addresses).toHaveLength(customers.reduce((sum, { address_count }) => sum + address_count, 0))
    expect(addresses.map(({ id }) => id)).toEqual(addresses.map((_, at) => at + 1))
  })

  test('shows the same addresses as the customer', async () => {
    const { body } = await ask(store, '/v3/customers?id:in=6&include=addresses')
    const own = await ask(store, '/v3/customers/addresses?customer_id:in=6')

    expect(own.body.data).toHaveLength(3)
    expect(own.body.data).toEqual(body.data[0].addresses)
  })

  test('filters, and includes form fields', async () => {
    const { body } = await ask(store, '/v3/customers/addresses?id:in=1,2&include=formfields')
    const { first_name, last_name, company } = body.data[1]

    expect(body.data.map(({ form_fields }: Reply['body']) => form_fields.length)).toEqual([1, 0])
    const found = await allV3(
      store,
      `/v3/customers/addresses?name:in=${first_name}+${last_name}&company:in=${encodeURIComponent(company)}`,
    )
    expect(found.map(({ id }) => id)).toContain(2)
  })
})
