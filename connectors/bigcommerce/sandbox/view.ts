import type { TextSource } from './block-cache.ts'
import type { Asked, Collection, Json, Row } from './data/collection.ts'
import { lastValue, listOf, type Query } from './query.ts'

/** The names of the parts a query includes that the collection has. */
export function includedParts(collection: Collection, query: Query): readonly string[] {
  const parts = collection.parts ?? {}
  return [...new Set(listOf(query, 'include'))].filter(name => name in parts)
}

/** The parameters that tell which parts a collection shall show, and how. */
export function partParameters({ parts, shapedBy }: Collection): readonly string[] {
  return [...(parts === undefined ? [] : ['include']), ...(shapedBy === undefined ? [] : [shapedBy])]
}

/** A collection as a query wants to see it: parts added by `include`, fields chosen or dropped. */
export function viewOf(collection: Collection, query: Query): TextSource {
  const includes = includedParts(collection, query)
  const kept = new Set(listOf(query, 'include_fields'))
  const dropped = new Set(listOf(query, 'exclude_fields'))
  const shape = collection.shapedBy === undefined ? undefined : lastValue(query, collection.shapedBy)
  const project = projection(collection, { includes, shape }, kept, dropped)
  return {
    key: [collection.name, includes.join(), shape ?? '', [...kept].join(), [...dropped].join()].join('|'),
    size: collection.size,
    text: index => JSON.stringify(project(index)),
  }
}

function projection(
  collection: Collection,
  asked: Asked,
  kept: ReadonlySet<string>,
  dropped: ReadonlySet<string>,
): (index: number) => Row {
  const isWhole = kept.size === 0 && dropped.size === 0
  const isChosen = (field: string): boolean =>
    field === collection.keyField || ((kept.size === 0 || kept.has(field)) && !dropped.has(field))
  return index => {
    const row = collection.make(index)
    const chosen = isWhole ? row : Object.fromEntries(Object.entries(row).filter(([field]) => isChosen(field)))
    if (asked.includes.length === 0) return chosen
    const whole: { [field: string]: Json } = { ...chosen }
    for (const name of asked.includes) {
      const part = collection.parts?.[name]
      if (part !== undefined) whole[part.field] = part.make(index, row, asked)
    }
    return whole
  }
}
