import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { objectNamed, objectsWith, optionsOf, recordFor } from '../test/walking.ts'
import { recognitionOf } from './recognition.ts'
import { writeIn } from './test-write.ts'

let store: Sandbox
beforeAll(async () => {
  store = await startSandbox({ products: 20, brands: 5, categories: 5, customers: 5, orders: 5, plan: 'unlimited' })
})
afterAll(() => store.close())

const objects = objectsWith('Create').filter(name => recognitionOf(name) !== undefined)

test.each(objects)('a lost answer doubles none of %s', async name => {
  const object = objectNamed(name)
  const record = await recordFor(store, 'Create', object)
  const before = store.keys(name).length
  store.fault({ method: 'POST', action: 'reset', applied: true, count: 1 })

  await writeIn(store, 'Create', optionsOf(object), [record])

  store.clearFaults()
  expect(store.keys(name).length - before).toBeLessThanOrEqual(1)
})
