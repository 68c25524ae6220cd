import { headersIn } from '../telemetry/trace-headers.ts'
import type { Config } from './schema.ts'

/** The secrets of a configuration itself; those of connections become known as they are read. */
export function secretsOf({ api, redis, secrets, connectors, telemetry }: Config): readonly string[] {
  const { password } = new URL(redis.url)
  const headers =
    telemetry.headers === undefined ? [] : [telemetry.headers, ...Object.values(headersIn(telemetry.headers))]
  const all = [api.token, password, decodeURIComponent(password), secrets.key, connectors.token, ...headers]
  return all.filter(secret => secret !== undefined)
}
