import type { Config } from './schema.ts'

/** The secrets of a configuration itself; those of connections become known as they are read. */
export function secretsOf({ api, redis, secrets, connectors }: Config): readonly string[] {
  const { password } = new URL(redis.url)
  const all = [api.token, password, decodeURIComponent(password), secrets.key, connectors.token]
  return all.filter(secret => secret !== undefined)
}
