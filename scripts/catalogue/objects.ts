import type { ObjectFacts, Way } from '../../connectors/bigcommerce/catalogue/facts.ts'
import { keyOf, labelOf, namesOf } from './names.ts'
import { noTwins, twins } from './overlay.ts'

/** Gives resources their names and puts twins together; the keys of `ways` are their shapes. */
export function objectsOf(ways: ReadonlyMap<string, Way>): readonly ObjectFacts[] {
  const ownerOfTwin = new Map([...ways.keys()].flatMap(shape => twinOf(shape, ways)))
  const shapes = [...ways.keys()].filter(shape => !ownerOfTwin.has(shape)).sort()
  const twinOfOwner = new Map([...ownerOfTwin].map(([twin, owner]) => [owner, twin]))
  const taken = new Set<string>()
  return shapes.map(shape => {
    const both = [shape, twinOfOwner.get(shape)].flatMap(each => ways.get(each ?? '') ?? [])
    const { name, parent } = namesOf(shape, ways)
    const full = `${parent ?? ''}/${name}`
    if (taken.has(full)) throw new Error(`two objects are called ${full}: ${shape}`)
    taken.add(full)
    const key = keyOf(shape, both)
    return {
      name,
      label: labelOf(name),
      ...(parent === undefined ? {} : { parent }),
      ...(both.every(way => way.operations.every(({ deprecated }) => deprecated === true)) ? { deprecated: true } : {}),
      ...(key === undefined ? {} : { key }),
      ways: both,
    }
  })
}

/** A store-wide path and the sub-object it is another way to. */
function twinOf(shape: string, ways: ReadonlyMap<string, Way>): readonly (readonly [string, string])[] {
  const named = twins[shape]
  if (named !== undefined) return ways.has(named) ? [[shape, named]] : []
  const owner = [...ways.keys()].find(
    other => other !== shape && other.includes('/{}/') && other.replaceAll('/{}', '') === shape,
  )
  return owner === undefined || shape.includes('{}') || noTwins.includes(shape) ? [] : [[shape, owner]]
}
