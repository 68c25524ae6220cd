import type { ObjectFacts } from '../catalogue/facts.ts'
import { routesOf } from '../catalogue/objects.ts'

/** The filters by which a list is held to what changed in a time, both bounds inclusive. */
export interface ChangeBounds {
  readonly min: string
  readonly max: string
}

const known: readonly ChangeBounds[] = [
  { min: 'date_modified:min', max: 'date_modified:max' },
  { min: 'min_date_modified', max: 'max_date_modified' },
]

/** The filters by time of change that an object has; undefined = its store cannot tell what has changed. */
export function changeBoundsOf(object: ObjectFacts): ChangeBounds | undefined {
  const lists = routesOf(object, 'Query').filter(({ operation }) => operation.form === 'list')
  return known.find(({ min, max }) =>
    lists.some(({ operation: { parameters = {} } }) => parameters[min] !== undefined && parameters[max] !== undefined),
  )
}
