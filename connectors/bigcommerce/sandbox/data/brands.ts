import { type Collection, risingIds } from './collection.ts'
import { slug } from './products.ts'
import { kinds, randomOf } from './random.ts'
import { companyNames, qualities, things } from './words.ts'

/** The brands of a store. */
export function createBrands(seed: number, size: number): Collection {
  const ids = risingIds(size, 1)
  return {
    name: 'brands',
    size,
    keyField: 'id',
    ...ids,
    make: index => {
      const id = ids.idAt(index)
      const random = randomOf(seed, kinds.brand, id)
      const name = `${random.pick(qualities)} ${random.pick(companyNames)} ${id}`
      return {
        id,
        name,
        page_title: `${name} — all products`,
        meta_keywords: [random.pick(things).toLowerCase()],
        meta_description: random.chance(30) ? `Everything we carry of ${name}` : null,
        search_keywords: name.toLowerCase(),
        image_url: '',
        custom_url: { url: `/${slug(name)}/`, is_customized: false },
      }
    },
  }
}
