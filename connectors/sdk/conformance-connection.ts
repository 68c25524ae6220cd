import { Ajv } from 'ajv'
import type { ConformanceSamples } from './conformance.ts'
import { type Bench, codeOf, messageOf, type Rule } from './conformance-bench.ts'
import type { ConnectionReport, JsonSchema, ObjectDescription } from './connector.ts'
import { connectorErrors } from './errors.ts'

/** More objects than this no form can show. */
const mostObjects = 5_000
/** Schemas are asked for so many objects. */
const triedObjects = 5

/** The rules of connections: settings, test, look-ups, close. */
export function connectionRules({ badSettings, deadSettings }: ConformanceSamples): readonly Rule[] {
  const rule = (name: string, check: Rule['check'], subject = 'connection'): Rule => ({ rule: name, subject, check })
  return [
    ...badSettings.map((settings, index) =>
      rule('settings', bench => refusesSettings(bench, settings), `bad settings ${index + 1}`),
    ),
    rule('test', testsWell),
    ...(deadSettings === undefined ? [] : [rule('dead-vendor', bench => reportsDeath(bench, deadSettings))]),
    rule('objects', listsObjects),
    rule('schemas', givesSchemas),
    rule('close', closesTwice),
  ]
}

async function refusesSettings(bench: Bench, settings: unknown): Promise<void> {
  try {
    await bench.connect(settings)
    bench.report('are accepted')
  } catch (thrown) {
    const code = codeOf(thrown)
    if (code !== 'SETTINGS_INVALID') bench.report(`are refused with the code ${String(code)}, not SETTINGS_INVALID`)
    const secrets = secretsIn(bench.connector.settings, settings)
    if (secrets.some(secret => messageOf(thrown).includes(secret))) bench.report('the message repeats a secret')
  }
}

function secretsIn(schema: JsonSchema, settings: unknown): readonly string[] {
  const properties = (schema['properties'] ?? {}) as { readonly [name: string]: JsonSchema } // as JSON Schema has it
  if (typeof settings !== 'object' || settings === null) return []
  return Object.entries(settings)
    .filter(([name, value]) => properties[name]?.['x-secret'] === true && typeof value === 'string' && value !== '')
    .map(([, value]) => value as string) // filtered above
}

async function testsWell(bench: Bench): Promise<void> {
  const connection = await bench.connect()
  const report = await connection.test(bench.context())
  if (!report.ok) bench.report(`the sample settings do not pass: ${report.message}`)
  checkReport(bench, report)
}

async function reportsDeath(bench: Bench, settings: unknown): Promise<void> {
  const connection = await bench.connect(settings)
  let report: ConnectionReport
  try {
    report = await bench.within(connection.test(bench.context()))
  } catch (thrown) {
    return bench.report(`test() throws instead of reporting: ${messageOf(thrown)}`)
  }
  if (report.ok) bench.report('test() reports that all is well')
  else if (report.code === undefined || !(report.code in connectorErrors))
    bench.report(`test() reports the code ${String(report.code)}, which is not in the table`)
  checkReport(bench, report)
}

function checkReport(bench: Bench, { ok, message, checks }: ConnectionReport): void {
  if (message === '') bench.report('the report has no message')
  const hasFailed = checks.some(({ status }) => status === 'failed')
  if (ok && hasFailed) bench.report('the report is ok although a check failed')
}

async function listsObjects(bench: Bench): Promise<void> {
  const connection = await bench.connect()
  const objects = await connection.objects()
  if (objects.length > mostObjects) bench.report(`lists ${objects.length} objects; ${mostObjects} are the most`)
  for (const { name, label, activities } of objects) {
    if (name === '' || label === '') bench.report('an object has no name or no label')
    for (const activity of activities) {
      if (bench.connector.activities[activity] === undefined)
        bench.report(`${name} names the activity ${activity}, which does not exist`)
    }
  }
  const [first] = objects
  if (first === undefined) return
  const found = await connection.objects(first.name.toUpperCase())
  if (!found.some(({ name }) => name === first.name)) bench.report(`the filter ${first.name.toUpperCase()} misses it`)
  if ((await connection.objects('no\u0001such\u0001object')).length > 0) bench.report('the filter is not heeded')
}

async function givesSchemas(bench: Bench): Promise<void> {
  const connection = await bench.connect()
  const objects = (await connection.objects()).filter(({ parent }) => parent === undefined)
  for (const object of objects.slice(0, triedObjects)) await givesSchemasOf(bench, object)
  for (const activity of Object.keys(bench.connector.activities)) {
    try {
      await connection.schemas(activity, 'no-such-object')
      bench.report(`${activity} has schemas for an object that does not exist`)
    } catch (thrown) {
      if (codeOf(thrown) !== 'OBJECT_UNKNOWN')
        bench.report(`${activity} throws ${String(codeOf(thrown))} for an unknown object, not OBJECT_UNKNOWN`)
    }
  }
}

async function givesSchemasOf(bench: Bench, { name, activities }: ObjectDescription): Promise<void> {
  const connection = await bench.connect()
  for (const activity of activities) {
    const { options, request, response } = await connection.schemas(activity, name)
    for (const schema of [options, request, response]) {
      if (schema === undefined) continue
      try {
        new Ajv({ strict: false }).compile(schema)
      } catch (thrown) {
        bench.report(`${activity} of ${name} has a schema that is not valid: ${messageOf(thrown)}`)
      }
    }
  }
}

async function closesTwice(bench: Bench): Promise<void> {
  const connection = await bench.connect()
  await connection.close()
  try {
    await connection.close()
  } catch (thrown) {
    bench.report(`the second close fails: ${messageOf(thrown)}`)
  }
}
