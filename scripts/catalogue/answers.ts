import type { FactSchema } from '../../connectors/bigcommerce/catalogue/facts.ts'
import type { DocumentedOperation } from './documents.ts'
import { objectAt } from './json.ts'
import { hasType, itemsOf, jsonSchemaOf } from './json-content.ts'
import { inData, lists } from './overlay.ts'

/** What a request is answered with. */
export interface Answered {
  readonly record: FactSchema | undefined
  readonly envelope: 'data' | 'bare' | undefined
  readonly isList: boolean
}

/** What comes back when all is well. Answers without JSON, and the errors, are left out. */
export function answerOf({ operation, document }: DocumentedOperation, shape: string): Answered {
  const responses = objectAt(operation, 'responses')
  const found = Object.keys(responses)
    .filter(status => /^2/.test(status))
    .map(status => jsonSchemaOf(document, responses[status], 'response'))
    .find(schema => schema !== undefined && Object.keys(schema).length > 0)
  if (found === undefined) return { record: undefined, envelope: undefined, isList: lists.includes(shape) }
  const data = (found['properties'] as FactSchema | undefined)?.['data'] as FactSchema | undefined
  const content = data ?? found
  const list = itemsOf(content)
  return {
    record: recordIn(list ?? content),
    envelope: data !== undefined || inData.includes(shape) ? 'data' : 'bare',
    isList: list !== undefined || lists.includes(shape),
  }
}

function recordIn(schema: FactSchema): FactSchema | undefined {
  return hasType(schema, 'object') || schema['anyOf'] !== undefined ? schema : undefined
}
