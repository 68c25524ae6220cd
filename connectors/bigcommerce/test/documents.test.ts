import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type DocumentValidator, openDocuments } from './documents.ts'

const document = `
openapi: 3.0.3
servers: [{ url: 'https://api.example.com/stores/{store_hash}/v3' }]
paths:
  /kettles:
    parameters: [{ $ref: '#/components/parameters/Accept' }]
    get:
      parameters:
        - { name: 'id:in', in: query, schema: { type: array, items: { type: integer } } }
        - { name: limit, in: query, schema: { type: integer, maximum: 50 } }
        - { name: sort, in: query, schema: { type: string, enum: [id, name] } }
    post: { requestBody: { $ref: '#/components/requestBodies/Kettle' } }
    delete: { parameters: [{ name: 'id:in', in: query, required: true, schema: { type: string } }] }
  /kettles/{kettle_id}: { get: {} }
  /kettles/lids: { get: {} }
components:
  parameters: { Accept: { name: Accept, in: header, required: true, schema: { type: string } } }
  requestBodies:
    Kettle: { content: { application/json: { schema: { $ref: '#/components/schemas/Kettle' } } } }
  schemas:
    Kettle:
      type: object
      required: [name]
      properties:
        name: { type: string }
        litres: { type: number, minimum: 0, exclusiveMinimum: true, nullable: true }
`

let folder: string
let validator: DocumentValidator
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'documents-'))
  writeFileSync(join(folder, 'kettles.yml'), document)
  validator = openDocuments(folder)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the judge of requests', () => {
  test('knows every request of the documents', () => {
    expect(validator.size).toBe(5)
  })

  test.each([
    ['GET', '/kettles?id:in=1,2&limit=50&sort=name', undefined],
    ['GET', '/kettles/7', undefined],
    ['GET', '/kettles/lids', undefined],
    ['POST', '/kettles', '{"name":"K","litres":null}'],
    ['DELETE', '/kettles?id%3Ain=1', undefined],
  ])('finds nothing wrong with %s %s', (method, target, body) => {
    const request = { method, target: `/stores/x/v3${target}`, ...(body === undefined ? {} : { body }) }

    expect(validator.problems(request)).toEqual([])
  })

  test.each([
    ['GET', '/pots', undefined, 'GET /v3/pots is not documented'],
    ['PUT', '/kettles/7', '{}', 'PUT /v3/kettles/7 is not documented'],
    ['GET', '/kettles?colour=red', undefined, 'the parameter colour is not documented'],
    ['GET', '/kettles?id:in=1,x', undefined, 'the parameter id:in does not take "1,x"'],
    ['GET', '/kettles?limit=51', undefined, 'the parameter limit does not take "51"'],
    ['GET', '/kettles?sort=size', undefined, 'the parameter sort does not take "size"'],
    ['DELETE', '/kettles', undefined, 'the parameter id:in is required'],
    ['DELETE', '/kettles?id:in=1', '[1]', 'no body is documented'],
    ['POST', '/kettles', undefined, 'a body is needed'],
    ['POST', '/kettles', '{"litres":1}', "the body at / must have required property 'name'"],
    ['POST', '/kettles', '{"name":7}', 'the body at /name must be string'],
  ])('finds what is wrong with %s %s %s', (method, target, body, problem) => {
    const request = { method, target: `/stores/x/v3${target}`, ...(body === undefined ? {} : { body }) }

    expect(validator.problems(request)).toEqual([expect.stringContaining(problem)])
  })
})
