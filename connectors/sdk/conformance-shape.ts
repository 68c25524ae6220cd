import { Ajv } from 'ajv'
import type { ConformanceSamples, Finding } from './conformance.ts'
import { messageOf } from './conformance-bench.ts'
import type { Connector } from './connector.ts'

/** Whether it looks like a connector, and whether the samples fit its schemas. */
export function findShapeProblems(connector: Connector, samples: ConformanceSamples): Finding[] {
  const findings: Finding[] = []
  const report = (subject: string, message: string) => findings.push({ rule: 'shape', subject, message })
  const { name, version, settings, activities } = connector
  if (!/^[a-z][a-z0-9-]*$/.test(name)) report('name', 'is not lower case letters, digits and dashes')
  if (!/^\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?$/.test(version)) report('version', 'is not a release by semver')
  if (typeof connector.connect !== 'function') report('connect', 'is not a function')
  checkFit('settings', settings, samples.settings, report)
  if (Object.keys(activities ?? {}).length === 0) report('activities', 'there are none')
  for (const [activity, parts] of Object.entries(activities ?? {})) {
    const methods = methodsOf[parts.role]
    if (methods === undefined) report(activity, 'has a role other than source and target')
    for (const method of methods ?? []) {
      if (typeof (parts as unknown as { [name: string]: unknown })[method] !== 'function')
        report(activity, `has no function ${method}`)
    }
    checkFit(activity, parts.options, undefined, report)
  }
  for (const { activity, role, options } of sampled(samples)) {
    const parts = activities?.[activity]
    if (parts?.role !== role) report(activity, `is no ${role}, yet there is a sample for one`)
    else checkFit(activity, parts.options, options, report)
  }
  return findings
}

const methodsOf: { readonly [role: string]: readonly string[] } = { source: ['read'], target: ['batchSize', 'write'] }

function sampled({ reads, writes }: ConformanceSamples) {
  return [
    ...reads.map(sample => ({ ...sample, role: 'source' as const })),
    ...writes.map(sample => ({ ...sample, role: 'target' as const })),
  ]
}

/** Whether a schema is one, and a sample fits it. */
function checkFit(
  subject: string,
  schema: unknown,
  sample: unknown,
  report: (subject: string, message: string) => void,
): void {
  if (typeof schema !== 'object' || schema === null) return void report(subject, 'has no JSON Schema')
  try {
    const ajv = new Ajv({ strict: false, allErrors: true })
    const validate = ajv.compile(schema)
    if (sample !== undefined && !validate(sample))
      report(subject, `the sample does not fit the schema: ${ajv.errorsText(validate.errors)}`)
  } catch (thrown) {
    report(subject, `its JSON Schema is not valid: ${messageOf(thrown)}`)
  }
}
