import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import type { CatalogueFacts } from '../../connectors/bigcommerce/catalogue/facts.ts'
import { makeCatalogue } from './catalogue.ts'
import { report } from './report.ts'
import { catalogueText } from './text.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const file = join(root, 'connectors', 'bigcommerce', 'catalogue', 'catalogue.json')
const committed = readFileSync(file, 'utf8')
const documents = process.env['BIGCOMMERCE_OPENAPI_DIR']

describe('the committed catalogue', () => {
  test('has the totals that the documents were counted to have', () => {
    const lines = report(JSON.parse(committed) as CatalogueFacts).split('\n') // written by the generator

    expect(lines).toEqual(
      expect.arrayContaining([
        'all               129   62  191',
        'Query             124   53  177',
        'Create             71   41  112',
        'Update            100   40  140',
        'Delete             66   37  103',
        'scopes to choose from: none',
        'corrections without a request: none',
        'not covered, command: 24',
        'not covered, count: 12',
        'not covered, upload: 6',
        'not covered, stream: 5',
      ]),
    )
  })

  test('is small enough to be shipped', () => {
    expect(Buffer.byteLength(committed)).toBeLessThan(400_000)
  })

  // The documents are BigCommerce's and not part of this repository.
  if (documents !== undefined) {
    test('is what the documents of BIGCOMMERCE_OPENAPI_DIR give, byte for byte', () => {
      expect(differingLines(catalogueText(makeCatalogue(documents)), committed)).toEqual([])
    })
  } else {
    test('is not compared with its documents, as BIGCOMMERCE_OPENAPI_DIR is not set: the small set stands in', () => {
      const small = makeCatalogue(join(root, 'scripts', 'catalogue', 'fixtures'))

      expect(small.objects).toHaveLength(8)
    })
  }
})

/** The beginnings of lines that only one of the texts has at that place; a whole difference would fill screens. */
function differingLines(made: string, there: string): readonly string[] {
  const [left, right] = [made.split('\n'), there.split('\n')]
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) => index)
    .filter(index => left[index] !== right[index])
    .map(index => `${index + 1}: ${left[index]?.slice(0, 80)}`)
}
