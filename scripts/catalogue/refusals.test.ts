import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { stringify } from 'yaml'
import { makeCatalogue } from './catalogue.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'documents-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Makes a catalogue of one document with one path. */
function make(item: object, document: object = {}, path = '/things'): void {
  const servers = [{ url: 'https://api.example.test/stores/{store_hash}/v3' }]
  const root = { openapi: '3.0.0', servers, paths: { [path]: item }, ...document }
  writeFileSync(join(folder, 'things.yaml'), stringify(root))
  makeCatalogue(folder)
}

const answered = (schema: object) => ({
  get: { responses: { 200: { content: { 'application/json': { schema } } } } },
})
const asked = (parameter: object) => ({ get: { parameters: [parameter], responses: {} } })

describe('makeCatalogue refuses', () => {
  test.each([
    [
      'a schema keyword',
      answered({ type: 'object', patternProperties: {} }),
      {},
      'things: schema keyword patternProperties is not understood',
    ],
    ['a type', answered({ type: 'file' }), {}, 'things: type file is not understood'],
    [
      'a place of a parameter',
      asked({ name: 'x', in: 'cookie' }),
      {},
      'things: /v3/things: a parameter in cookie is not understood',
    ],
    ['a key of a path', { patch: {} }, {}, 'things: /things: patch is not understood'],
    ['OpenAPI 2', {}, { openapi: '2.0.0' }, 'things.yaml: OpenAPI 2.0.0 is not understood, 3.0 and 3.1 are'],
    ['OpenAPI 3.2', {}, { openapi: '3.2.0' }, 'OpenAPI 3.2.0 is not understood'],
    ['what is no OpenAPI', {}, { openapi: null }, 'things.yaml: openapi: a text is expected'],
    [
      'another API',
      { get: {} },
      { servers: [{ url: 'https://payments.example.test/stores/{store_hash}' }] },
      'is not the management API',
    ],
    ['a missing server', { get: {} }, { servers: [] }, 'things: servers: a text is expected'],
    [
      'a reference out of the document',
      answered({ $ref: 'other.yaml#/components/schemas/x' }),
      {},
      'things: other.yaml#/components/schemas/x leads out of the document',
    ],
    [
      'a reference to nothing',
      answered({ $ref: '#/components/schemas/x' }),
      {},
      '#/components/schemas/x: an object is expected',
    ],
    [
      'references in a circle',
      asked({ $ref: '#/components/parameters/a' }),
      { components: { parameters: { a: { $ref: '#/components/parameters/a' } } } },
      'leads in a circle',
    ],
    [
      'a write without a body',
      { post: { responses: {} } },
      {},
      'POST /v3/things: a request without a body is not understood; is it a command?',
    ],
  ])('%s', (_what, item, document, message) => {
    expect(() => make(item, document)).toThrow(message)
  })

  test('a version other than 2 and 3', () => {
    expect(() => make({ get: {} }, {}, '/stores/{store_hash}/v4/things')).toThrow('/v4/things is neither v2 nor v3')
  })

  test('two objects of one name', () => {
    const list = answered({ type: 'array', items: { type: 'object' } })
    const paths = { '/storefront/things': list, '/content/things': list }

    expect(() => make({}, { paths })).toThrow('two objects are called /things: ')
  })

  test('an empty folder', () => {
    expect(() => makeCatalogue(folder)).toThrow('holds no documents (*.yml, *.yaml, *.json)')
  })
})
