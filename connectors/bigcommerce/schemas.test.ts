import { describe, expect, test } from '@jest/globals'
import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import { catalogue, findObject, routesOf } from './catalogue/objects.ts'
import { optionsSchemaOf } from './query/options.ts'
import { responseSchemaOf } from './schemas.ts'

// As the agent compiles schemas of connectors.
const ajv = new Ajv({ strict: false })
formats.default(ajv)

function compile(schema: object): (value: unknown) => boolean {
  return ajv.compile(schema)
}

describe('responseSchemaOf', () => {
  test('compiles for every object that can be read, and takes null for every field', () => {
    const readable = catalogue.objects.filter(object => routesOf(object, 'Query').length > 0)
    const refused = readable.filter(object => {
      const schema = responseSchemaOf(object) as { readonly properties: object }
      const fields = Object.keys(schema.properties).filter(name => !name.endsWith('id') && name !== 'token')
      return !compile(schema)(Object.fromEntries(fields.map(name => [name, null])))
    })

    expect(refused.map(({ name }) => name)).toEqual([])
  })

  test('takes what the documents do not know', () => {
    const check = compile(responseSchemaOf(findObject('products')))

    expect(check({ id: 1, condition: 'worn', images: [{ is_new: true }], of_tomorrow: {} })).toBe(true)
    expect(check({ id: 'one' })).toBe(false)
  })

  test('holds all it refers to', () => {
    const { properties, $defs } = responseSchemaOf(findObject('products', 'images'))

    expect(Object.keys(properties as object)).toEqual(expect.arrayContaining(['product_id', 'id', 'url_standard']))
    expect(JSON.stringify({ properties, $defs }).match(/#\/\$defs\/\w+/g) ?? []).toEqual([])
  })
})

describe('optionsSchemaOf', () => {
  test('compiles for every object, and lists its own filters', () => {
    expect(() => catalogue.objects.map(object => compile(optionsSchemaOf(object)))).not.toThrow()
    const check = compile(optionsSchemaOf(findObject('products')))

    expect(check({ object: 'products', filters: { 'id:in': [1, 2], is_featured: true }, sort: 'name' })).toBe(true)
    expect(check({ object: 'products', filters: { 'id:inn': [1] } })).toBe(false)
    expect(check({ object: 'products', include: ['variant'] })).toBe(false)
  })
})
