import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openProject } from './project.ts'
import { usesOf } from './uses.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'uses-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

function write(path: string, contents: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true })
  writeFileSync(join(directory, path), contents)
}

function operation(source: string, target: string): string {
  return `source: { connection: shop, activity: Query, options: ${source} }\ntarget: { connection: shop, activity: Update, options: ${target} }\n`
}

describe('usesOf', () => {
  test('tells what is done over a connection, each thing once, variables filled in', async () => {
    write('variables.yaml', 'what: brands\n')
    write('operations/a.yaml', operation('{ object: products, subObject: images }', '{ object: "[what]" }'))
    write('operations/b.yaml', operation('{ object: products, subObject: images, limit: 5 }', '{ object: "[later]" }'))
    write('operations/broken.yaml', 'source: [\n')

    expect(await usesOf('shop', openProject(directory))).toEqual([
      { activity: 'Query', object: 'products', subObject: 'images' },
      { activity: 'Update', object: 'brands' },
      { activity: 'Update', object: '[later]' },
    ])
  })

  test('tells the names of the keys that are given, not their values', async () => {
    const keyed = '{ object: orders, subObject: transactions, keys: { order_id: [100, 101] } }'
    write('operations/a.yaml', operation(keyed, '{ object: products }'))

    expect(await usesOf('shop', openProject(directory))).toEqual([
      { activity: 'Query', object: 'orders', subObject: 'transactions', keys: ['order_id'] },
      { activity: 'Update', object: 'products' },
    ])
  })

  test('knows nothing of a connection that no operation names', async () => {
    write('operations/a.yaml', operation('{ object: products }', '{}'))

    expect(await usesOf('files', openProject(directory))).toEqual([])
  })
})
