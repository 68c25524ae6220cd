/** A field of a schema, as a row of a table. */
export interface FieldRow {
  /** `images[].url`: dots go into objects, brackets into lists. */
  readonly path: string
  readonly type: string
  /** `required` or `read-only`. */
  readonly mark: string
  /** Values it may have or has elsewhere, lengths, bounds; of a list, those of its values too. */
  readonly limits: string
}

/** What is looked at of a JSON Schema; schemas of connectors may hold anything else too. */
interface Schema {
  readonly $ref?: string
  readonly $defs?: { readonly [name: string]: Schema }
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly properties?: { readonly [name: string]: Schema }
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly required?: readonly string[]
  readonly readOnly?: boolean
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly [keyword: string]: unknown
}

/** Deeper than this no vendor nests; a schema that holds itself would never end. */
const maxDepth = 6

/** The fields of a schema with those below them, in the order of the schema. */
export function fieldsOf(schema: object): readonly FieldRow[] {
  const root = schema as Schema
  return rowsBelow(root, '', { root, depth: 0 })
}

interface Place {
  readonly root: Schema
  readonly depth: number
}

function rowsBelow(given: Schema, prefix: string, place: Place): readonly FieldRow[] {
  const schema = followed(given, place.root)
  if (place.depth > maxDepth) return []
  const deeper = { ...place, depth: place.depth + 1 }
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, each]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`
    const field = followed(each, place.root)
    const isRequired = schema.required?.includes(name) === true
    const mark = field.readOnly === true ? 'read-only' : isRequired ? 'required' : ''
    const row = { path, type: typeOf(field, deeper), mark, limits: limitsOf(field, place.root) }
    return [row, ...rowsBelow(field, path, deeper)]
  })
  const inItems = schema.items === undefined ? [] : rowsBelow(schema.items, `${prefix}[]`, deeper)
  return [...own, ...inItems, ...branchesOf(schema).flatMap(branch => rowsBelow(branch, prefix, deeper))]
}

/** The schema that a reference inside the same schema leads to. */
function followed(schema: Schema, root: Schema): Schema {
  const name = /^#\/(?:\$defs|definitions)\/(.+)$/.exec(schema.$ref ?? '')?.[1]
  if (name === undefined) return schema
  const defs = root.$defs ?? (root['definitions'] as Schema['$defs']) // the same under its older name
  return defs?.[name] ?? schema
}

function branchesOf({ anyOf = [], oneOf = [] }: Schema): readonly Schema[] {
  return [...anyOf, ...oneOf]
}

function typeOf(given: Schema, { root, depth }: Place): string {
  const schema = followed(given, root)
  const named = schema.type === undefined ? [] : [schema.type].flat()
  const types = named.map(type => {
    if (type === 'array' && schema.items !== undefined && depth <= maxDepth) {
      return `list of ${typeOf(schema.items, { root, depth: depth + 1 })}`
    }
    return type === 'string' && schema.format !== undefined ? schema.format : type
  })
  const branches = depth > maxDepth ? [] : branchesOf(schema).map(each => typeOf(each, { root, depth: depth + 1 }))
  return [...new Set([...types, ...branches])].join(' or ') || 'any'
}

const bounds = [
  ['minimum', 'at least'],
  ['exclusiveMinimum', 'more than'],
  ['maximum', 'at most'],
  ['exclusiveMaximum', 'less than'],
  ['minLength', 'characters at least'],
  ['maxLength', 'characters at most'],
  ['minItems', 'items at least'],
  ['maxItems', 'items at most'],
] as const

/** So many values give an idea. */
const shownExamples = 5
/** Of values with names; a store may have hundreds, and JSON has them all. */
const shownChoices = 10

function limitsOf(schema: Schema, root: Schema): string {
  const texts = bounds.flatMap(([keyword, words]) => {
    const bound = schema[keyword]
    return typeof bound === 'number' ? [`${words} ${bound}`] : []
  })
  const items = schema.items === undefined ? undefined : followed(schema.items, root)
  const ofItems = items === undefined || items.items !== undefined ? '' : limitsOf(items, root)
  return [...valuesOf(schema), ...texts, ...(ofItems === '' ? [] : [ofItems])].join('; ')
}

function valuesOf(schema: Schema): readonly string[] {
  const values = schema.enum ?? (schema.const === undefined ? [] : [schema.const])
  const most = schema['x-choices'] === undefined ? values.length : shownChoices
  if (values.length > 0) return [`one of ${firstOf(values, most, schema)}`]
  const { examples } = schema
  return Array.isArray(examples) && examples.length > 0 ? [`such as ${firstOf(examples, shownExamples, schema)}`] : []
}

function firstOf(values: readonly unknown[], most: number, schema: Schema): string {
  const more = values.length > most ? `, … (${values.length})` : ''
  return `${named(values.slice(0, most), schema).join(', ')}${more}`
}

/** Values with the names that a connector found for them. */
function named(values: readonly unknown[], { 'x-choices': choices }: Schema): readonly string[] {
  const known = Array.isArray(choices) ? (choices as readonly { value?: unknown; name?: unknown }[]) : [] // of a connector
  return values.map(value => {
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
    const names = known.filter(each => each.value === value && typeof each.name === 'string').map(({ name }) => name)
    return names.length === 0 ? text : `${text} (${names.join('; ')})`
  })
}

/** What a connector asked the vendor for and did not get, from `x-live`: the schema holds without it. */
export function unavailableIn(schemas: readonly (object | undefined)[]): readonly string[] {
  const entries = schemas.flatMap(schema => (schema as Schema | undefined)?.['x-live'] ?? [])
  const failed = (entries as readonly { source?: unknown; unavailable?: unknown }[]) // of a connector
    .filter(({ unavailable }) => typeof unavailable === 'string')
    .map(({ source, unavailable }) => `${String(source)} (${String(unavailable)})`)
  return [...new Set(failed)]
}
