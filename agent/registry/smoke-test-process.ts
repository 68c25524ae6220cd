import { Worker } from 'node:worker_threads'
import { findShapeProblems } from '../../connectors/sdk/conformance-shape.ts'
import type { Connector } from '../../connectors/sdk/connector.ts'
import { quietContext } from '../../connectors/sdk/quiet-context.ts'
import { errorCode, toError } from '../errors.ts'
import { compileJsonSchema } from '../schema.ts'
import { importRelease } from './import-release.ts'

/**
 * The life of a process that tries a release: imports it, looks at it, reports `{ problem }` and is ended by its parent.
 * Arguments: folder, name, version and main file of the release, megabytes of heap.
 */
const [directory = '', name = '', version = '', main = '', megabytes = ''] = process.argv.slice(2)
// Buffers are not on the heap, so the whole process may have twice as much, and what Node itself takes.
const workerData = { parent: process.ppid, maxBytes: (2 * Number(megabytes) + 150) * 1e6 }
// In a thread of its own: it has to work while the connector loops, and after our parent was killed.
new Worker(new URL('./smoke-test-watch.js', import.meta.url), { workerData }).unref()
process.send?.({ problem: await problemOf() })

async function problemOf(): Promise<string | undefined> {
  try {
    const connector = await importRelease({ directory, name, version, hash: '' }, main)
    const [finding] = findShapeProblems(connector, { settings: undefined, badSettings: [], reads: [], writes: [] })
    if (finding !== undefined) return `${finding.subject} ${finding.message}`
    const problem = await settingsProblem(connector)
    // A promise that nobody waits for is refused by now, and ends the process as it would end a runner.
    await new Promise(resolve => setImmediate(resolve))
    return problem
  } catch (thrown) {
    return toError(thrown).message
  }
}

/** Settings that do not fit have to be refused the way people are told of. */
async function settingsProblem(connector: Connector): Promise<string | undefined> {
  const check = compileJsonSchema(connector.settings)
  const misfit = misfitsOf(connector).find(settings => !check(settings).ok)
  if (misfit === undefined) return undefined
  try {
    const connection = await connector.connect(misfit, quietContext())
    await connection.close()
    return 'it connects with settings that do not fit its schema'
  } catch (thrown) {
    if (errorCode(thrown) === 'SETTINGS_INVALID') return undefined
    return `it fails at settings that do not fit its schema, but not with SETTINGS_INVALID: ${toError(thrown).message}`
  }
}

/** Settings of which most schemas refuse some; those that people might write come first. */
function misfitsOf({ settings }: Connector): readonly unknown[] {
  const { properties } = settings as { readonly properties?: object } // JSON Schema's own shape
  return [{}, { 'no-such-setting': true }, ...Object.keys(properties ?? {}).map(key => ({ [key]: [] })), null]
}
