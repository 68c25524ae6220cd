import type { CatalogueFacts } from '../../connectors/bigcommerce/catalogue/facts.ts'

/** The text of catalogue.json: a line for each object and each schema, so that a difference can be read. */
export function catalogueText({ objects, scopes, notCovered, $defs }: CatalogueFacts): string {
  const lines = (values: readonly unknown[]) => values.map(value => JSON.stringify(value)).join(',\n')
  const named = Object.entries($defs).map(([name, schema]) => `${JSON.stringify(name)}:${JSON.stringify(schema)}`)
  return `{"objects":[\n${lines(objects)}\n],"scopes":${JSON.stringify(scopes)},"notCovered":[\n${lines(notCovered)}\n],"$defs":{\n${named.join(',\n')}\n}}\n`
}
