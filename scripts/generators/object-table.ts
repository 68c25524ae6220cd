import { type ActivityName, activityNames } from '../../connectors/bigcommerce/catalogue/activities.ts'
import type { ObjectFacts, Operation, Paging } from '../../connectors/bigcommerce/catalogue/facts.ts'
import { catalogue, fullName, routesOf } from '../../connectors/bigcommerce/catalogue/objects.ts'
import { code, row } from './configuration.ts'

/** Every object with what can be done with it, in how large portions, and the scopes a token needs. */
export function objectTable(): readonly string[] {
  const objects = [...catalogue.objects].sort((a, b) => (fullName(a) < fullName(b) ? -1 : 1))
  return [
    `| object | path | ${activityNames.join(' | ')} | scopes to read | scopes to write |`,
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...objects.map(objectRow),
  ]
}

function objectRow(object: ObjectFacts): string {
  const [way] = object.ways
  const name = `${code(fullName(object))}${object.deprecated === true ? ' (deprecated)' : ''}`
  return row([
    name,
    code(way?.path ?? way?.itemPath ?? ''),
    ...activityNames.map(activity => activityText(object, activity)),
    scopesOf(object, 'read'),
    scopesOf(object, 'modify'),
  ])
}

function activityText(object: ObjectFacts, activity: ActivityName): string {
  const texts = routesOf(object, activity).map(({ operation }) => operationText(operation))
  return texts.length === 0 ? '–' : [...new Set(texts)].join(', ')
}

const pagings: { readonly [paging in Paging]: string } = {
  page: 'list',
  'page+cursor': 'list',
  cursor: 'list by cursor',
  keyset: 'list by last id',
  pages: 'list',
  none: 'list in one',
}

/** The connector's default where BigCommerce states no most. */
const usualBatch = 10

function operationText({ form, paging = 'none', maxBatch = usualBatch, upsert, maxConcurrent }: Operation): string {
  const lanes = maxConcurrent === undefined ? '' : `, ${maxConcurrent} at a time`
  switch (form) {
    case 'list':
      return pagings[paging]
    case 'get':
      return 'by key'
    case 'read':
      return 'the one'
    case 'array':
    case 'one-or-array':
    case 'holder':
      return `${upsert === true ? 'upsert ' : ''}${maxBatch} per request${lanes}`
    case 'one':
      return `${upsert === true ? 'upsert ' : ''}1 per request${lanes}`
    case 'item':
    case 'singleton':
      return `1 per request${lanes}`
    case 'filter':
    case 'body':
      return `many by key${lanes}`
    case 'all':
      return 'all, guarded'
    case 'multipart':
    case 'header':
      return 'not yet'
    default:
      return form satisfies never
  }
}

/** Any one of them is enough. */
function scopesOf(object: ObjectFacts, right: 'read' | 'modify'): string {
  const scopes = new Set(object.ways.flatMap(({ document }) => catalogue.scopes[document]?.[right] ?? []))
  return scopes.size === 0 ? '–' : [...scopes].sort().map(code).join(', ')
}
