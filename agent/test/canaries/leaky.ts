/**
 * The source of a connector that tells its secrets wherever it can: lines of every level, printing, outcomes, errors,
 * reports, descriptions, its last words.
 */
export function leakySource(strangers: {
  readonly bearer: string
  readonly basic: string
  readonly header: string
  readonly userinfo: string
  readonly query: string
  readonly email: string
}): string {
  return `const strangers = ${JSON.stringify(strangers)}
const later = ms => new Promise(resolve => setTimeout(resolve, ms))
const secretsOf = ({ settings }) => Object.values(settings).join(' | ')
const formsOf = text => [text, encodeURIComponent(text), String(new URLSearchParams({ v: text })), JSON.stringify({ text })].join(' ')
const strangersText = 'Authorization: Bearer ' + strangers.bearer + ' and authorization: Basic ' + strangers.basic +
  ', X-Auth-Token: ' + strangers.header + '; https://user:' + strangers.userinfo + '@host/path?access_token=' + strangers.query + '&page=2'
const leak = connection => formsOf(secretsOf(connection)) + ' ' + strangersText
const coded = (code, message) => Object.assign(new Error(message, { cause: new Error('caused by ' + message) }), { code, retryable: false })
const failure = connection => coded('REQUEST_REFUSED', 'the store says: ' + leak(connection))
const person = { name: 'x', email: strangers.email }
const headers = { authorization: 'Bearer ' + strangers.bearer, 'X-Auth-Token': strangers.header, 'proxy-authorization': 'Basic ' + strangers.basic }

function say(connection, log) {
  const text = leak(connection)
  for (const level of ['trace', 'debug', 'info', 'warn', 'error']) {
    log[level]({ text, headers, [secretsOf(connection)]: { deep: [text, { body: JSON.stringify({ text }) }] } }, 'said ' + text)
    log[level]({ ...person, body: JSON.stringify([person]), query: 'email=' + person.email }, 'sent')
    log[level]({ err: failure(connection) }, 'failed')
  }
  console.log(text)
  console.error(failure(connection))
  process.stdout.write('{"level":"info","message":' + JSON.stringify(text) + '}\\n')
}

const deeds = {
  async tells(connection, { log }) {
    say(connection, log)
    for (let line = 0; line < 150; line += 1) log.info({ text: 'x'.repeat(9_990) + leak(connection) }, 'long')
  },
  async throws(connection) { throw failure(connection) },
  async throwsText(connection) { throw leak(connection) },
  async dies(connection) { Promise.reject(failure(connection)); await later(60_000) },
  async diesLong(connection) { setTimeout(() => { throw new Error('x'.repeat(3_980) + leak(connection)) }, 1); await later(60_000) },
}

export default {
  name: 'leaky', version: '1.0.0',
  settings: { type: 'object', properties: Object.fromEntries(
    ['env', 'file', 'encrypted', 'clear', 'variable', 'lines', 'inline'].map(name => [name, { type: 'string', 'x-secret': true }])) },
  connect: async settings => ({
    settings,
    async test() {
      const text = leak({ settings })
      return { identity: text, ok: true, message: text, checks: [{ name: text, status: 'warning', message: text }] }
    },
    async objects() { return [{ name: 'things', title: leak({ settings }), description: leak({ settings }) }] },
    async schemas() { throw failure({ settings }) },
    async close() { throw failure({ settings }) },
  }),
  activities: {
    Read: {
      role: 'source', options: { type: 'object' },
      async *read(connection, { does }, from, context) {
        if (from === undefined) yield { records: [1, 2, 3, 4].map(id => ({ id, note: secretsOf(connection), contact: person })), position: 1 }
        await deeds[does](connection, context)
      },
    },
    Write: {
      role: 'target', options: { type: 'object' }, batchSize: () => 4,
      async write(connection, batch) {
        const message = 'the store says: ' + leak(connection) + ', taken already: ' + person.email
        return batch.map((_, index) => [
          { status: 'written', id: message, warning: message.replace(person.email, 'email: ' + person.email) },
          { status: 'rejected', code: 'RECORD_INVALID', message, retryable: true, requestId: message },
          { status: 'unknown', message },
          { status: 'unchanged', id: message },
        ][index])
      },
    },
  },
}
`
}
