import { prettyFactory } from 'pino-pretty'
import { fieldsOf } from '../logs/ecs.ts'
import { plain } from './format.ts'
import type { CliIo } from './io.ts'

/** Lines as people read them, a request on one line; coloured unless NO_COLOR (no-color.org) is set to anything. */
export function createPretty(env: CliIo['env']): (line: string) => string {
  const options = { messageKey: 'message', ignore: 'pid,agent', colorize: !env['NO_COLOR'] }
  const pretty = prettyFactory(options)
  const onOneLine = prettyFactory({ ...options, singleLine: true })
  return line => {
    const fields = fieldsOf(line)
    if (fields === undefined) return `${plain(line)}\n`
    const clean = plainTexts(fields)
    const request = withRequest(clean)
    return request === undefined ? pretty(clean) : onOneLine(request)
  }
}

type Fields = { readonly [name: string]: unknown }

function plainTexts(fields: Fields): Fields {
  return JSON.parse(JSON.stringify(fields), (_, value) => (typeof value === 'string' ? plain(value) : value)) // as it was
}

/** `request answered: GET /v3/catalog/products?limit=1, 200 in 12 ms`; undefined for a line that is about no request. */
function withRequest({ method, path, query, status, durationMs, message, ...rest }: Fields): Fields | undefined {
  if (typeof method !== 'string' || typeof path !== 'string') return undefined
  const target = `${method} ${path}${query === undefined ? '' : `?${query}`}`
  const time = durationMs === undefined ? '' : ` in ${durationMs} ms`
  const answer = status === undefined ? (time === '' ? '' : `, nothing${time}`) : `, ${status}${time}`
  return { ...rest, message: `${message}: ${target}${answer}` }
}
