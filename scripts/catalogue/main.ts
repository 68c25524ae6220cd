import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeCatalogue } from './catalogue.ts'
import { report } from './report.ts'
import { catalogueText } from './text.ts'

/**
 * Makes the connector's catalogue from BigCommerce's OpenAPI documents: `node dist/scripts/catalogue/main.js FOLDER`.
 * The documents are not part of this repository; a checkout of BigCommerce's public documentation holds them.
 */
const [folder] = process.argv.slice(2)
if (folder === undefined) {
  process.stderr.write('usage: node dist/scripts/catalogue/main.js FOLDER-OF-OPENAPI-DOCUMENTS\n')
  process.exit(2)
}
const catalogue = makeCatalogue(folder)
const text = catalogueText(catalogue)
writeFileSync(
  join(import.meta.dirname, '..', '..', '..', 'connectors', 'bigcommerce', 'catalogue', 'catalogue.json'),
  text,
)
process.stdout.write(`${report(catalogue)}\n${text.length.toLocaleString('en-US')} bytes\n`)
