import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CatalogueFacts } from '../../connectors/bigcommerce/catalogue/facts.ts'
import { makeCatalogue } from './catalogue.ts'
import { report } from './report.ts'

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
const text = toText(catalogue)
writeFileSync(
  join(import.meta.dirname, '..', '..', '..', 'connectors', 'bigcommerce', 'catalogue', 'catalogue.json'),
  text,
)
process.stdout.write(`${report(catalogue)}\n${text.length.toLocaleString('en-US')} bytes\n`)

/** A line for each object and each schema, so that a difference can be read. */
function toText({ objects, scopes, notCovered, $defs }: CatalogueFacts): string {
  const lines = (values: readonly unknown[]) => values.map(value => JSON.stringify(value)).join(',\n')
  const named = Object.entries($defs).map(([name, schema]) => `${JSON.stringify(name)}:${JSON.stringify(schema)}`)
  return `{"objects":[\n${lines(objects)}\n],"scopes":${JSON.stringify(scopes)},"notCovered":[\n${lines(notCovered)}\n],"$defs":{\n${named.join(',\n')}\n}}\n`
}
