import type { Operation, Way } from './facts.ts'

/** What can be done with an object. */
export const activityNames = ['Query', 'Create', 'Update', 'Delete'] as const
export type ActivityName = (typeof activityNames)[number]

/** The activities a request serves. */
export function activitiesOf({ method, upsert }: Operation, { operations }: Way): readonly ActivityName[] {
  switch (method) {
    case 'GET':
      return ['Query']
    case 'POST':
      return ['Create']
    case 'DELETE':
      return ['Delete']
    case 'PUT': {
      const createsByPost = operations.some(each => each.method === 'POST')
      return upsert === true && !createsByPost ? ['Create', 'Update'] : ['Update']
    }
    default:
      return method satisfies never
  }
}
