import type { ActivitySchemas, JsonSchema, RunContext } from '../../sdk/connector.ts'
import type { FactSchema, ObjectFacts } from '../catalogue/facts.ts'
import { type Mark, markFields } from './marking.ts'
import { type Place, placesOf } from './places.ts'
import type { LiveSource } from './sources.ts'
import type { Finding, StoreFacts } from './store-facts.ts'

/** More would make a schema long and tell no more. */
const mostExamples = 50

/**
 * The schemas of an object with what this store has: attributes, form fields, custom fields, metafields, channels and
 * their like, as `examples` of their fields (`enum` where a request takes nothing else) and with their names in
 * `x-choices`. `x-live` tells what was asked, and what could not be had: the schema is then what the documents say.
 */
export async function addStoreFacts(
  schemas: ActivitySchemas,
  object: ObjectFacts,
  { facts, context }: { readonly facts: StoreFacts; readonly context: RunContext },
): Promise<ActivitySchemas> {
  const places = placesOf(object)
  const wanted = new Set<LiveSource>()
  const mapAll = (change: (schema: JsonSchema, isStrict: boolean) => JsonSchema): ActivitySchemas => ({
    ...(schemas.request === undefined ? {} : { request: change(schemas.request, true) }),
    ...(schemas.response === undefined ? {} : { response: change(schemas.response, false) }),
    options: change(schemas.options, false),
  })
  mapAll(schema =>
    markFields(schema, places, (field, { source }) => {
      wanted.add(source)
      return field
    }),
  )
  if (wanted.size === 0) return schemas
  const found = await facts.ask([...wanted], context)
  return mapAll((schema, isStrict) => withFindings(schema, places, { found, isStrict }))
}

interface Findings {
  readonly found: ReadonlyMap<LiveSource, Finding>
  readonly isStrict: boolean
}

function withFindings(schema: JsonSchema, places: readonly Place[], { found, isStrict }: Findings): JsonSchema {
  const used = new Map<string, object>()
  const mark: Mark = (field, { source, isClosed }) => {
    const finding = found.get(source)
    if (finding === undefined) return field
    used.set(source.label, told(source, finding))
    return marked(field, finding, isStrict && isClosed === true)
  }
  const whole = markFields(schema, places, mark)
  return used.size === 0 ? whole : { ...whole, 'x-live': [...used.values()] }
}

function told({ label }: LiveSource, finding: Finding): object {
  return finding.tag === 'found'
    ? { source: label, found: finding.choices.length }
    : { source: label, unavailable: finding.reason }
}

function marked(field: FactSchema, finding: Finding, isClosed: boolean): FactSchema {
  if (finding.tag !== 'found' || finding.choices.length === 0) return field
  const isChoice = isClosed && finding.isComplete && field['enum'] === undefined
  const choices = isChoice ? finding.choices : finding.choices.slice(0, mostExamples)
  const values = [...new Set(choices.map(({ value }) => value))]
  const named = choices.filter(({ name }) => name !== undefined)
  return {
    ...field,
    ...(isChoice ? { enum: values } : { examples: values }),
    ...(named.length === 0 ? {} : { 'x-choices': named }),
  }
}
