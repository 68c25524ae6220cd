import { describe, expect, test } from '@jest/globals'
import { compileTransformation } from './transformation.ts'

const product = { id: 7, name: 'Lamp', images: [{ url: 'a.png' }, { url: 'b.png' }], brand: null, '': 1 }

describe('compileTransformation', () => {
  test('takes paths, constants, defaults and expressions', async () => {
    const { apply } = compileTransformation({
      fields: {
        sku: { expression: '"SKU-" & id' },
        image: 'images[1].url',
        kind: { value: 'product' },
        weight: { path: 'weight', default: 0 },
        absent: 'nowhere.to.be.found',
        brand: 'brand',
      },
    })

    expect(await apply(product)).toEqual({
      status: 'record',
      record: { sku: 'SKU-7', image: 'b.png', kind: 'product', weight: 0, brand: null },
    })
  })

  test('keeps the order of the mapping', () => {
    const made = compileTransformation({ fields: { z: 'name', a: 'id' } }).apply(product)

    expect(JSON.stringify(made)).toBe('{"status":"record","record":{"z":"Lamp","a":7}}')
  })

  test('names the source fields it needs, so that a source may read no others', () => {
    expect(compileTransformation({ fields: { a: 'id', b: 'images[0].url', c: { value: 1 } } }).fields).toEqual([
      'id',
      'images',
    ])
  })

  test.each([
    ['an expression', { fields: { a: { expression: 'id' } } }],
    ['a filter', { where: 'id > 1', fields: { a: 'id' } }],
    ['no mapping', {}],
  ])('may need any field with %s', (_what, transformation) => {
    expect(compileTransformation(transformation).fields).toBeUndefined()
  })

  test('does not reach into prototypes', () => {
    const made = compileTransformation({ fields: { a: 'name.constructor.name', b: '__proto__.toString' } }).apply(
      product,
    )

    expect(made).toEqual({ status: 'record', record: {} })
  })

  test.each(['a..b', '', 'a[x]', '[0'])('refuses the path %p and names the field', path => {
    expect(() => compileTransformation({ fields: { total: path } })).toThrow(/field total: .* is not a path/)
  })

  test('refuses an expression with wrong syntax and names the field', () => {
    expect(() => compileTransformation({ fields: { total: { expression: '1 +' } } })).toThrow(/field total: /)
  })

  test('cuts off an expression that never ends', async () => {
    const { apply } = compileTransformation({
      fields: { a: { expression: '($f := function($n) { $f($n + 1) }; $f(1))' } },
    })

    expect(await apply(product)).toMatchObject({ status: 'rejected' })
  })
})
