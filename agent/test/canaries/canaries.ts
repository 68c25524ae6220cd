import { randomBytes } from 'node:crypto'

/** All canaries begin like this, so that a part of one is found too; random, so that nothing else does. */
const canaryMark = `cnr${randomBytes(4).toString('hex')}`

const named = (name: string) => `${canaryMark}${name}0123456789abcdef`

/** A secret for each way into an agent, all different. */
export const canaries = {
  /** Access token of a store; it goes out in a header. */
  token: `${named('token')}/+==`,
  /** Settings that a connector marks as secret. */
  env: named('env'),
  file: `${named('file')} "quoted" \\ ü/+ ~'()!* 100%`,
  encrypted: named('encrypted'),
  clear: named('clear'),
  variable: named('variable'),
  lines: `-----BEGIN-----\n${named('first')}\n${named('second')}\n-----END-----`,
  /** In the definition that a job brings along. */
  inline: named('inline'),
  /** Secrets of the agent itself. */
  api: named('api'),
  redis: `${named('redis')}%@:/`,
  collector: named('collector'),
  key: named('key').padEnd(43, 'A').slice(0, 43),
  /** Nobody told the agent of these: it knows them by where they stand. */
  bearer: named('bearer'),
  basic: Buffer.from(`user:${named('basic')}`).toString('base64'),
  header: named('header'),
  userinfo: named('userinfo'),
  query: named('query'),
  /** Of somebody who calls the API with a wrong token, and puts it into the URL as well. */
  stranger: named('stranger'),
  strangerQuery: named('strangerquery'),
  /** In a project file that is broken, and in flags and variables that are. */
  brokenFile: named('brokenfile'),
  brokenFlag: named('brokenflag'),
  /** In fields of records that the operator wants masked. */
  email: named('email'),
} as const

/** What of the canaries stands in a text: each with what is around it. */
export function canariesIn(text: string): readonly string[] {
  const wanted = new RegExp(`.{0,80}(?:${canaryMark}|${canaries.basic.slice(0, 24)}).{0,40}`, 'g')
  return [...text.matchAll(wanted)].map(([found]) => found)
}
