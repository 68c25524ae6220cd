import { activitiesOf, activityNames } from '../../connectors/bigcommerce/catalogue/activities.ts'
import type { CatalogueFacts, Way } from '../../connectors/bigcommerce/catalogue/facts.ts'
import { ambiguousScopes, unusedCorrections } from './leftovers.ts'

/** Totals of a catalogue, for whoever compares it with another: how much there is of what, and what is left out. */
export function report(facts: CatalogueFacts): string {
  const { objects, notCovered, $defs } = facts
  const ways = objects.flatMap(object => object.ways)
  const isSub = ({ path, itemPath }: Way) => (path ?? itemPath?.replace(/\/\{[^}]+\}$/, '') ?? '').includes('{')
  const row = (name: string, of: (way: Way) => boolean) => {
    const found = ways.filter(of)
    const subs = found.filter(isSub).length
    return `${name.padEnd(16)} ${String(found.length - subs).padStart(4)} ${String(subs).padStart(4)} ${String(found.length).padStart(4)}`
  }
  const kinds = ['collection', 'singleton', 'keyed', 'write-only'] as const
  const forms = new Map<string, number>()
  for (const { operations } of ways) {
    for (const { method, form } of operations) forms.set(`${method} ${form}`, (forms.get(`${method} ${form}`) ?? 0) + 1)
  }
  return [
    `${'resources'.padEnd(16)}  obj  sub  all`,
    ...kinds.map(kind => row(kind, way => way.kind === kind)),
    row('all', () => true),
    ...activityNames.map(activity =>
      row(activity, way => way.operations.some(each => activitiesOf(each, way).includes(activity))),
    ),
    `entries (twins are one): ${objects.length}, with two ways: ${objects.filter(({ ways: both }) => both.length > 1).length}`,
    `forms: ${[...forms]
      .sort()
      .map(([form, count]) => `${form} ${count}`)
      .join(', ')}`,
    `shared schemas: ${Object.keys($defs).length}`,
    `scopes to choose from: ${told(ambiguousScopes(facts))}`,
    `corrections without a request: ${told(unusedCorrections(facts))}`,
    ...(['command', 'count', 'upload', 'stream'] as const).map(
      kind => `not covered, ${kind}: ${notCovered.filter(each => each.kind === kind).length}`,
    ),
  ].join('\n')
}

function told(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ')
}
