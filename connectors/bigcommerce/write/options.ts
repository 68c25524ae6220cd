import { type TObject, type TProperties, Type } from '@sinclair/typebox'
import type { ActivityName } from '../catalogue/activities.ts'

/** An activity that writes. */
export type WriteActivityName = Exclude<ActivityName, 'Query'>

/** What the options of all three may say; each schema below allows its part. */
export interface WriteOptions {
  readonly object: string
  readonly subObject?: string
  readonly keys?: { readonly [field: string]: string | number }
  readonly matchBy?: string
  readonly upsert?: boolean
  readonly unknownFields?: 'reject' | 'drop'
  readonly concurrency?: number
  readonly allowDeleteAll?: boolean
  readonly expectRecords?: number
}

/** The most requests one write sends at the same time; the client has so many connections. */
export const maxLanes = 16

const common = {
  object: Type.String({ description: 'What to write: products, customers, price-lists.' }),
  subObject: Type.Optional(
    Type.String({ description: 'What to write of it: images of products, options/values of products.' }),
  ),
  keys: Type.Optional(
    Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]), {
      description:
        'Keys above the sub-object that the records do not carry, by field: product_id, price_list_id; and parameters of the request like channel_id.',
    }),
  ),
  concurrency: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: maxLanes,
      description:
        'Requests at the same time, at most what BigCommerce allows there. Default: what it allows; else 10 for new single records, 3 for other single ones, and 1 for lists and where it asks for one at a time.',
    }),
  ),
}

const checked = {
  unknownFields: Type.Optional(
    Type.Union([Type.Literal('reject'), Type.Literal('drop')], {
      description: 'What to do with fields BigCommerce does not know: reject the record (default) or leave them out.',
    }),
  ),
}

const matchBy = (use: string) =>
  Type.Optional(Type.String({ description: `${use} this field instead of its key: sku, email, name.` }))

const schemas: { readonly [activity in WriteActivityName]: TObject<TProperties> } = {
  Create: Type.Object(
    {
      ...common,
      ...checked,
      upsert: Type.Optional(
        Type.Boolean({ description: 'Update the record that is there already, by `matchBy`; create the others.' }),
      ),
      matchBy: matchBy('With upsert: find a record by'),
    },
    { additionalProperties: false },
  ),
  Update: Type.Object(
    { ...common, ...checked, matchBy: matchBy('Find the record to update by') },
    { additionalProperties: false },
  ),
  Delete: Type.Object(
    {
      ...common,
      matchBy: matchBy('Find the record to delete by'),
      allowDeleteAll: Type.Optional(
        Type.Boolean({ description: 'Delete everything there is, by one request; only together with expectRecords.' }),
      ),
      expectRecords: Type.Optional(
        Type.Integer({
          minimum: 0,
          description: 'How many records are there; if it is another number none is deleted.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
}

/** The schema of an activity's options. */
export function optionsSchemaOf(activity: WriteActivityName): TObject<TProperties> {
  return schemas[activity]
}
