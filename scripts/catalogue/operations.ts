import type { Operation, Parameter } from '../../connectors/bigcommerce/catalogue/facts.ts'
import { answerOf } from './answers.ts'
import { bodyOf } from './bodies.ts'
import { correctedBody, correctedRecord } from './corrections.ts'
import { formOf } from './forms.ts'
import { batches, concurrencies, keysets, optionalParameters, parameterTypes, upserts } from './overlay.ts'
import { type ParameterFacts, parameterFacts } from './parameters.ts'
import { type Placed, shapeOf } from './resources.ts'

/** The facts of one request. */
export function operationFacts(placed: Placed): Operation {
  const shape = shapeOf(placed.path)
  const key = `${placed.method} ${shape}`
  const query = parameterFacts(placed)
  const answer = answerOf(placed, shape)
  const body = bodyOf(placed, key)
  const parameters = parametersOf(key, query)
  const form = formOf(placed, { isList: answer.isList, body, hasFilters: Object.keys(parameters).length > 0, key })
  const required = query.required.filter(name => !(optionalParameters[key] ?? []).includes(name))
  return {
    method: placed.method,
    form,
    ...(placed.at === 'collection' ? {} : { at: placed.at }),
    ...(upserts.includes(key) ? { upsert: true } : {}),
    ...(placed.operation['deprecated'] === true ? { deprecated: true } : {}),
    ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
    ...(required.length === 0 ? {} : { required }),
    ...(form === 'list' ? { paging: keysets.includes(shape) ? 'keyset' : query.paging } : {}),
    ...(form === 'list' && query.maxLimit !== undefined ? { maxLimit: query.maxLimit } : {}),
    ...(body.record === undefined ? {} : { body: correctedBody(body.record, key) }),
    ...(body.holder === undefined ? {} : { holder: body.holder }),
    ...(answer.record === undefined ? {} : { record: correctedRecord(answer.record, key) }),
    ...(answer.envelope === undefined ? {} : { envelope: answer.envelope }),
    ...(answer.isList && placed.method !== 'GET' ? { answersList: true } : {}),
    ...(batches[key] === undefined ? {} : { maxBatch: batches[key] }),
    ...(concurrencies[key] === undefined ? {} : { maxConcurrent: concurrencies[key] }),
  }
}

function parametersOf(key: string, { parameters }: ParameterFacts): { readonly [name: string]: Parameter } {
  return { ...parameters, ...parameterTypes[key] }
}
