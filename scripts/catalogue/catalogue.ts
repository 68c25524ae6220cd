import type { CatalogueFacts, NotCovered } from '../../connectors/bigcommerce/catalogue/facts.ts'
import { readDocuments } from './documents.ts'
import { objectsOf } from './objects.ts'
import { groupResources } from './resources.ts'
import { allScopes } from './scopes.ts'
import { withSharedSchemas } from './share.ts'
import { shapeOfWay, wayOf } from './ways.ts'

/** Makes the catalogue from a folder of documents. The same documents give the same catalogue. */
export function makeCatalogue(folder: string): CatalogueFacts {
  const documents = readDocuments(folder)
  const { resources, notCovered } = groupResources(documents.flatMap(({ operations }) => operations))
  const ways = new Map(resources.map(resource => [shapeOfWay(resource), wayOf(resource)]))
  const objects = objectsOf(ways)
  return {
    ...withSharedSchemas(objects),
    scopes: allScopes(documents, [...ways.values()]),
    notCovered: [...notCovered].sort(byPath),
  }
}

function byPath(a: NotCovered, b: NotCovered): number {
  return a.path < b.path ? -1 : 1
}
