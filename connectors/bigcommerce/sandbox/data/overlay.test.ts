import { beforeEach, describe, expect, test } from '@jest/globals'
import { type Collection, indexOfId, risingIds, rowsUnder } from './collection.ts'
import { createOverlay, type Overlay } from './overlay.ts'

/** Ten records with gaps in their ids, two below each parent; it counts how often one is made. */
function tenRecords(): Collection & { readonly made: { count: number } } {
  const ids = risingIds(10, 1, 4)
  const made = { count: 0 }
  return {
    name: 'ten',
    size: 10,
    keyField: 'id',
    ...ids,
    made,
    make: index => {
      made.count++
      return { id: ids.idAt(index), name: `made ${ids.idAt(index)}` }
    },
    parentIdAt: index => Math.floor(index / 2),
    under: parentId => [{ from: parentId * 2, to: parentId * 2 + 2 }],
  }
}

let base: ReturnType<typeof tenRecords>
let overlay: Overlay

beforeEach(() => {
  base = tenRecords()
  overlay = createOverlay(base)
})

function idsOf({ collection }: Overlay): readonly number[] {
  return Array.from({ length: collection.size }, (_, index) => collection.idAt(index))
}

describe('an overlay', () => {
  test('that nobody wrote to is what lies below', () => {
    expect(overlay.collection).toMatchObject({ name: 'ten', size: 10, isChanged: false })
    expect(idsOf(overlay)).toEqual([1, 2, 3, 4, 6, 7, 8, 9, 11, 12])
  })

  test('leaves out what was deleted and puts what was added at the end', () => {
    overlay.remove(3)
    overlay.remove(11)
    overlay.add(overlay.nextId(), { row: { id: 13, name: 'added' } }, 0)

    expect(idsOf(overlay)).toEqual([1, 2, 4, 6, 7, 8, 9, 12, 13])
    expect(overlay.collection.make(8)).toEqual({ id: 13, name: 'added' })
  })

  test('finds every record by its id, and none that went', () => {
    overlay.remove(1)
    overlay.add(13, { row: { id: 13 } }, 0)

    const found = [1, 2, 5, 12, 13, 14].map(id => indexOfId(overlay.collection, id))

    expect(found).toEqual([undefined, 0, undefined, 8, 9, undefined])
  })

  test('shows a changed record in its place', () => {
    overlay.replace(4, { row: { id: 4, name: 'changed' } })

    expect(overlay.collection.make(3)).toEqual({ id: 4, name: 'changed' })
    expect(overlay.collection.make(4)).toEqual({ id: 6, name: 'made 6' })
  })

  test('knows what is below a parent: what was made, without what went, and what was added', () => {
    overlay.remove(1)
    overlay.add(13, { row: { id: 13 } }, 0, 1)

    expect(rowsUnder(overlay.collection, 0)).toMatchObject([{ id: 2 }])
    expect(rowsUnder(overlay.collection, 1)).toMatchObject([{ id: 3 }, { id: 4 }, { id: 13 }])
    expect([overlay.parentOf(4), overlay.parentOf(13)]).toEqual([1, 1])
  })

  test('has another name after each change', () => {
    const names = [overlay.collection.name]
    overlay.remove(1)
    names.push(overlay.collection.name)
    overlay.replace(2, { row: { id: 2 } })
    names.push(overlay.collection.name)

    expect(new Set(names).size).toBe(3)
  })

  test('is written to without making what nobody asked for', () => {
    overlay.remove(1)
    overlay.add(13, { row: { id: 13 } }, 0)
    overlay.remove(13)

    expect(base.made.count).toBe(0)
    expect(overlay.remove(1)).toBe(false)
  })
})
