import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import type { Operation, Way } from '../../connectors/bigcommerce/catalogue/facts.ts'
import { makeCatalogue } from './catalogue.ts'
import { report } from './report.ts'
import { catalogueText } from './text.ts'

const fixtures = join(import.meta.dirname, '..', '..', '..', 'scripts', 'catalogue', 'fixtures')
const catalogue = makeCatalogue(fixtures)

/** An object with its name as users write it: `shelves/lamps`. */
function objectOf(name: string) {
  const found = catalogue.objects.find(
    each => (each.parent === undefined ? '' : `${each.parent}/`) + each.name === name,
  )
  if (found === undefined) throw new Error(`no object ${name}`)
  return found
}

function wayOf(name: string, index = 0): Way {
  const way = objectOf(name).ways[index]
  if (way === undefined) throw new Error(`${name} has no way ${index}`)
  return way
}

function operationOf(way: Way, method: Operation['method'], at?: Operation['at']): Operation {
  const found = way.operations.find(each => each.method === method && each.at === at)
  if (found === undefined) throw new Error(`no ${method}`)
  return found
}

/** A schema with its references filled in. */
function whole(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema), (_key, value: unknown) => {
    const reference = (value as { readonly $ref?: string } | null)?.$ref // of any value
    return reference === undefined ? value : whole(catalogue.$defs[reference.replace('#/$defs/', '')])
  })
}

describe('objects', () => {
  test('are named by their paths, v2 steps back, and what belongs below another stands below it', () => {
    expect(catalogue.objects.map(({ name, parent, label }) => [parent, name, label])).toEqual([
      [undefined, 'coats', 'Coats'],
      [undefined, 'shelves-v2', 'Shelves (v2)'],
      [undefined, 'bells', 'Bells'],
      [undefined, 'hats', 'Hats'],
      [undefined, 'receipts', 'Receipts'],
      [undefined, 'shelves', 'Shelves'],
      ['shelves', 'lamps', 'Lamps'],
      [undefined, 'shop-window', 'Shop window'],
    ])
  })

  test('have the key that their path or their fields name', () => {
    const keys = ['shelves', 'shelves/lamps', 'hats', 'receipts', 'coats', 'bells'].map(name => objectOf(name).key)

    expect(keys).toEqual(['id', 'lamp_id', 'uuid', 'receipt_number', 'id', undefined])
  })

  test('are deprecated when every request is', () => {
    expect(catalogue.objects.filter(({ deprecated }) => deprecated).map(({ name }) => name)).toEqual(['shelves-v2'])
    expect(operationOf(wayOf('shelves'), 'DELETE', 'item').deprecated).toBe(true)
  })

  test.each([
    ['shelves', 'collection', '/v3/shelves', '/v3/shelves/{shelf_id}'],
    ['shop-window', 'singleton', '/v3/shop-window', undefined],
    ['receipts', 'keyed', undefined, '/v3/receipts/{receipt-number}'],
    ['bells', 'write-only', '/v3/bells', undefined],
    ['hats', 'collection', '/v3/content/hats', '/v3/content/hats/{uuid}'],
  ])('%s is a %s, with the version in its paths', (name, kind, path, itemPath) => {
    const way = wayOf(name)

    expect([way.kind, way.path, way.itemPath]).toEqual([kind, path, itemPath])
  })

  test('have two ways when a path is the store-wide form of another: below the parent first', () => {
    expect(objectOf('shelves/lamps').ways.map(({ path }) => path)).toEqual([
      '/v3/shelves/{shelf_id}/lamps',
      '/v3/shelves/lamps',
    ])
  })

  test('have an item with two keys where a path ends in two', () => {
    expect(wayOf('coats')).toMatchObject({ path: '/v2/coats', item2Path: '/v2/coats/{id}/{size}' })
    expect(operationOf(wayOf('coats'), 'PUT', 'item2').form).toBe('one')
  })

  test('are not made of commands, counts, uploads and streams, which are told apart', () => {
    expect(catalogue.notCovered).toEqual([
      { path: '/v3/shelves/count', methods: ['GET'], kind: 'count' },
      { path: '/v3/shelves/export', methods: ['GET'], kind: 'stream' },
      { path: '/v3/shelves/{shelf_id}/image', methods: ['POST'], kind: 'upload' },
      { path: '/v3/tax/zonecheck', methods: ['POST'], kind: 'command' },
    ])
  })
})

describe('requests', () => {
  test.each([
    ['shelves', 0, 'GET list, POST one, PUT array, DELETE filter, GET get, PUT one, DELETE item'],
    ['shelves/lamps', 0, 'GET list, POST one-or-array, DELETE all, GET get, DELETE item'],
    ['shelves/lamps', 1, 'GET list, DELETE body'],
    ['shop-window', 0, 'GET read, PUT one, DELETE singleton'],
    ['receipts', 0, 'GET get'],
    ['bells', 0, 'POST one, DELETE header'],
    ['coats', 0, 'GET list, POST multipart, PUT one'],
    ['hats', 0, 'GET list, PUT one, DELETE item'],
  ])('of %s have their forms (way %i)', (name, index, forms) => {
    expect(
      wayOf(name, index)
        .operations.map(({ method, form }) => `${method} ${form}`)
        .join(', '),
    ).toBe(forms)
  })

  test.each([
    ['shelves', 0, 'page+cursor'],
    ['shelves/lamps', 0, 'cursor'],
    ['shelves/lamps', 1, 'pages'],
    ['hats', 0, 'page'],
    ['shelves-v2', 0, 'none'],
  ])('of %s are paged (way %i)', (name, index, paging) => {
    expect(operationOf(wayOf(name, index), 'GET').paging).toBe(paging)
  })

  test('have typed parameters, those of the operation before those of the path, without those of paging', () => {
    const list = operationOf(wayOf('shelves'), 'GET')

    expect(list.parameters).toEqual({
      width: 'number',
      'id:in': 'integers',
      'colour:in': { type: 'texts', values: ['red', 'green'] },
      date_made: 'date',
      is_full: 'flag',
      is_new: 'boolean',
      sort: { type: 'text', values: ['id', 'colour'] },
    })
    expect(list.maxLimit).toBe(70)
  })

  test('name the parameters without which they are refused, and take those of the path along', () => {
    const { required, parameters } = operationOf(wayOf('shelves'), 'DELETE')

    expect({ required, parameters }).toEqual({
      required: ['id:in'],
      parameters: { width: 'integer', 'id:in': 'integers' },
    })
  })

  test('tell what is around the record in an answer, and whether it is a list', () => {
    expect(operationOf(wayOf('shelves'), 'GET').envelope).toBe('data')
    expect(operationOf(wayOf('coats'), 'GET').envelope).toBe('bare')
    expect(operationOf(wayOf('shelves'), 'PUT')).toMatchObject({ envelope: 'data', answersList: true })
    expect(operationOf(wayOf('shelves'), 'DELETE')).not.toHaveProperty('envelope')
  })

  test('have the schema of an item of a body that is a list', () => {
    expect(whole(operationOf(wayOf('shelves/lamps', 1), 'DELETE').body)).toEqual({
      type: 'array',
      items: { type: 'integer' },
    })
    expect(whole(operationOf(wayOf('shelves/lamps'), 'POST').body)).toEqual({
      type: 'object',
      required: ['watts'],
      properties: { lamp_id: { type: 'integer' }, watts: { type: 'integer', minItems: 1 } },
    })
  })
})

describe('schemas', () => {
  test('of what is sent keep bounds and required fields; a bound that OpenAPI 3.0 excludes by a flag is one of its own', () => {
    expect(whole(operationOf(wayOf('shelves'), 'POST').body)).toEqual({
      type: 'object',
      required: ['width'],
      properties: {
        width: { type: 'number', exclusiveMinimum: 0, maximum: 300 },
        colour: { type: ['string', 'null'], enum: ['red', 'green', null] },
        made: { type: 'string', format: 'date-time' },
        load: {
          anyOf: [
            { type: 'object', properties: { kilos: { type: 'integer' } } },
            { type: 'object', properties: { pounds: { type: 'integer' } } },
          ],
        },
        anything: {},
        below: { type: 'object' },
      },
    })
  })

  test('of what comes back have the fields of all branches and parts, without bounds', () => {
    const record = whole(operationOf(wayOf('shelves'), 'GET').record)

    expect(record).toMatchObject({
      properties: {
        id: { type: 'integer', readOnly: true },
        width: { type: 'number' },
        load: { type: 'object', properties: { kilos: { type: 'integer' }, pounds: { type: 'integer' } } },
      },
    })
    expect(record).not.toHaveProperty('required')
    expect(record).not.toHaveProperty('properties.width.maximum')
  })

  test('of OpenAPI 3.1 keep their lists of types and bounds as they are', () => {
    expect(whole(operationOf(wayOf('hats'), 'PUT').body)).toMatchObject({
      properties: {
        uuid: { type: 'string', format: 'uuid', readOnly: true },
        brim: { type: ['number', 'null'], exclusiveMinimum: 0 },
      },
    })
  })

  test('that repeat stand once, and nothing refers to what is not there', () => {
    const text = JSON.stringify(catalogue)
    const used = new Set([...text.matchAll(/#\/\$defs\/(\w+)/g)].map(([, name]) => name))

    expect([...used].sort()).toEqual(Object.keys(catalogue.$defs).sort())
    expect(text.match(/"goose"/g)).toHaveLength(1)
  })

  test('hold no prose', () => {
    expect(JSON.stringify(catalogue)).not.toMatch(/not wanted|example|title|description/)
  })
})

describe('scopes', () => {
  test('stand in the prose of the security scheme', () => {
    expect(catalogue.scopes).toEqual({
      'coats.v2': { modify: [], read: [] },
      'hats.v3': { modify: [], read: [] },
      'shelves.v3': { modify: ['store_shelves'], read: ['store_shelves_read_only'] },
    })
    expect(wayOf('shelves').document).toBe('shelves.v3')
  })
})

describe('the text of a catalogue', () => {
  test('is the same twice, and the catalogue itself', () => {
    const [first, second] = [catalogueText(makeCatalogue(fixtures)), catalogueText(makeCatalogue(fixtures))]

    expect(first).toBe(second)
    expect(JSON.parse(first)).toEqual(catalogue)
  })
})

describe('report', () => {
  test('counts resources by kind and activity, those below others apart', () => {
    expect(report(catalogue).split('\n')).toEqual(
      expect.arrayContaining([
        'resources         obj  sub  all',
        'collection          5    1    6',
        'singleton           1    0    1',
        'all                 8    1    9',
        'Query               7    1    8',
        'Create              3    1    4',
        'entries (twins are one): 8, with two ways: 1',
        'not covered, upload: 1',
      ]),
    )
  })

  test('names corrections that no request needs', () => {
    expect(report(catalogue)).toMatch(/corrections without a request: .*PUT \/v3\/catalog\/products, /)
    expect(report(catalogue)).not.toContain('/v3/tax/zonecheck')
  })
})
