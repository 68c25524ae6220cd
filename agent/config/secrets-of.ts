import type { Config } from './schema.ts'

/** The secrets of a configuration itself; those of connections become known as they are read. */
export function secretsOf({ api, redis, secrets }: Config): readonly string[] {
  const { password } = new URL(redis.url)
  return [api.token, password, decodeURIComponent(password), secrets.key].filter(secret => secret !== undefined)
}
