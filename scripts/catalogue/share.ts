import type {
  CatalogueFacts,
  FactSchema,
  ObjectFacts,
  Operation,
} from '../../connectors/bigcommerce/catalogue/facts.ts'

/** Gathers schemas so that equal parts are written once. */
export interface Sharing {
  /** Notes a schema; call it for all before the first `shared`. */
  note(schema: FactSchema): void
  /** The schema with its larger repeated parts as references into `defs`. */
  shared(schema: FactSchema): FactSchema
  defs(): { readonly [name: string]: FactSchema }
}

/** A shorter part costs less than its reference. */
const minLength = 60

/** Starts with nothing noted. Names are given in the order of use, so the same schemas give the same names. */
function createSharing(): Sharing {
  const uses = new Map<string, number>()
  const names = new Map<string, string>()
  const defs: { [name: string]: FactSchema } = {}

  function note(value: unknown): void {
    if (Array.isArray(value)) return void value.forEach(note)
    if (typeof value !== 'object' || value === null) return
    const text = JSON.stringify(value)
    const count = (uses.get(text) ?? 0) + 1
    uses.set(text, count)
    // Parts of what is written once anyway are not repeated.
    if (count === 1 || text.length < minLength) Object.values(value).forEach(note)
  }

  function shared(value: unknown, isSchema = true): unknown {
    if (Array.isArray(value)) return value.map(each => shared(each))
    if (typeof value !== 'object' || value === null) return value
    const text = JSON.stringify(value)
    const isWorth = isSchema && text.length >= minLength && (uses.get(text) ?? 0) > 1
    if (!isWorth) return inside(value as FactSchema)
    let name = names.get(text)
    if (name === undefined) {
      name = `s${names.size + 1}`
      names.set(text, name)
      defs[name] = inside(value as FactSchema)
    }
    return { $ref: `#/$defs/${name}` }
  }

  function inside(schema: FactSchema): FactSchema {
    // The object of properties is no schema itself: it cannot be a reference.
    return Object.fromEntries(
      Object.entries(schema).map(([key, value]) => [key, key === 'properties' ? mapped(value) : shared(value)]),
    )
  }

  function mapped(properties: unknown): unknown {
    return Object.fromEntries(Object.entries(properties as FactSchema).map(([name, schema]) => [name, shared(schema)]))
  }

  return { note, shared: schema => shared(schema) as FactSchema, defs: () => defs }
}

/** The objects with their repeated schemas in `$defs`. */
export function withSharedSchemas(objects: readonly ObjectFacts[]): Pick<CatalogueFacts, 'objects' | '$defs'> {
  const sharing = createSharing()
  const each = objects.flatMap(({ ways }) => ways.flatMap(({ operations }) => operations))
  for (const { body, record } of each) {
    if (body !== undefined) sharing.note(body)
    if (record !== undefined) sharing.note(record)
  }
  const withShared = (operation: Operation): Operation => ({
    ...operation,
    ...(operation.body === undefined ? {} : { body: sharing.shared(operation.body) }),
    ...(operation.record === undefined ? {} : { record: sharing.shared(operation.record) }),
  })
  const shared = objects.map(object => ({
    ...object,
    ways: object.ways.map(way => ({ ...way, operations: way.operations.map(withShared) })),
  }))
  return { objects: shared, $defs: sharing.defs() }
}
