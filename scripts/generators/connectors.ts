import { catalogue } from '../../connectors/bigcommerce/catalogue/objects.ts'
import bigcommerce from '../../connectors/bigcommerce/index.ts'
import localStorage from '../../connectors/local-storage/index.ts'
import { connectorErrors } from '../../connectors/sdk/errors.ts'
import variable from '../../connectors/variable/index.ts'
import { between, code, row } from './configuration.ts'
import { objectTable } from './object-table.ts'

/** `connectors/bigcommerce/README.md`: settings, activities, objects with what can be done with them, what is left out. */
export function bigcommercePage(page: string): string {
  const withParts = connectorPage(page, bigcommerce)
  const withObjects = between(withParts, 'objects', objectTable())
  return between(withObjects, 'not covered', [
    '| path | methods | why |',
    '| --- | --- | --- |',
    ...catalogue.notCovered.map(({ path, methods, kind }) => row([code(path), methods.join(', '), kind])),
  ])
}

/** `connectors/local-storage/README.md`. */
export function localStoragePage(page: string): string {
  return connectorPage(page, localStorage)
}

/** `connectors/variable/README.md`. */
export function variablePage(page: string): string {
  return connectorPage(page, variable)
}

/** `connectors/sdk/README.md`: the codes a connector may throw. */
export function sdkPage(page: string): string {
  return between(page, 'codes', [
    '| code | what it means | retried |',
    '| --- | --- | --- |',
    ...Object.entries(connectorErrors).map(([name, { meaning, retryable }]) =>
      row([code(name), meaning, retryable ? 'yes' : 'no']),
    ),
  ])
}

/** What the tables need of a connector. */
interface Described {
  readonly settings: object
  readonly activities: { readonly [name: string]: { readonly role: string; readonly options: object } }
}

function connectorPage(page: string, { settings, activities }: Described): string {
  const fields = fieldsOf(settings)
  const withSettings = between(page, 'settings', fields.length === 0 ? ['None.'] : table('setting', fields))
  return between(
    withSettings,
    'activities',
    Object.entries(activities).flatMap(([name, { role, options }]) => [
      `### ${name} (${role})`,
      '',
      ...table('option', fieldsOf(options)),
      '',
    ]),
  )
}

/** A setting or option, those inside others with their whole path. */
interface Field {
  readonly path: string
  readonly isRequired: boolean
  readonly schema: FieldSchema
}

/** The keywords of JSON Schema that connectors use. */
interface FieldSchema {
  readonly type?: string
  readonly title?: string
  readonly description?: string
  readonly const?: unknown
  readonly anyOf?: readonly FieldSchema[]
  readonly items?: FieldSchema
  readonly properties?: { readonly [name: string]: FieldSchema }
  readonly required?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly 'x-secret'?: boolean
  readonly 'x-advanced'?: boolean
}

function fieldsOf(schema: object, parent = ''): readonly Field[] {
  const { properties = {}, required = [] } = schema as FieldSchema // a schema is data
  return Object.entries(properties).flatMap(([name, field]): readonly Field[] => {
    const path = `${parent}${name}`
    if (field.properties !== undefined) return fieldsOf(field, `${path}.`)
    return [{ path, isRequired: required.includes(name), schema: field }]
  })
}

function table(heading: string, fields: readonly Field[]): readonly string[] {
  return [
    `| ${heading} | type | required | meaning |`,
    '| --- | --- | --- | --- |',
    ...fields.map(({ path, isRequired, schema }) =>
      row([code(path), typeText(schema), isRequired ? 'yes' : 'no', meaning(schema)]),
    ),
  ]
}

function meaning({ title, description = '', ...schema }: FieldSchema): string {
  return [
    ...(title === undefined || description.startsWith(title) ? [] : [`${title}.`]),
    `${description.charAt(0).toUpperCase()}${description.slice(1)}`.replace(/([^.])$/, '$1.'),
    ...(schema['x-secret'] === true ? ['Secret.'] : []),
    ...(schema['x-advanced'] === true ? ['Advanced.'] : []),
  ].join(' ')
}

function typeText({ type, anyOf, items, minimum, maximum }: FieldSchema): string {
  if (anyOf?.every(each => each.const !== undefined) === true)
    return anyOf.map(each => code(String(each.const))).join(', ')
  if (anyOf !== undefined) return anyOf.map(typeText).join(' or ')
  if (items !== undefined) return `list of ${typeText(items)}`
  const least =
    minimum === undefined ? '' : maximum === undefined ? `, ${minimum} or more` : `, ${minimum} to ${maximum}`
  return `${type ?? 'any'}${least}`
}
