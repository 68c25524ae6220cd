import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ConnectorLoader, createLoader } from '../registry/loader.ts'
import { type Manifest, manifestText, treeHash } from '../registry/manifest.ts'
import { generateKeys, readPrivateKey, sign, type Trust } from '../registry/signature.ts'

const keys = generateKeys()

/** The key releases of tests are signed with, and an agent that trusts it. */
export const testKey = readPrivateKey(keys.privateKey, 'the key of tests')
export const testTrust: Trust = { keys: [keys.trusted], allowUnsigned: false }
export const testAgentVersion = '1.2.3'

/** A loader that trusts releases of tests. */
export function testLoader(...directories: readonly string[]): ConnectorLoader {
  return createLoader({
    directories: directories.map(path => ({ path, trust: testTrust })),
    agentVersion: testAgentVersion,
  })
}

/** What a release of a test is made of. */
export interface TestRelease {
  readonly name: string
  readonly version: string
  /** What its package.json calls it; default: its name. */
  readonly packageName?: string
  /** The source of its index.js; default: a connector that reads nothing. */
  readonly source?: string
  /** What the manifest says otherwise than it should. */
  readonly manifest?: object
  /** What the list of files says otherwise than it should. */
  readonly files?: (listed: Manifest['files']) => Manifest['files']
  /** Default: the key of tests; undefined leaves the release unsigned. */
  readonly key?: typeof testKey | undefined
}

/** Writes a signed release as `scripts/build` packs it; returns its folder. */
export async function writeRelease(directory: string, release: TestRelease): Promise<string> {
  const { name, version, source = connectorSource(name, version), manifest = {}, files = listed => listed } = release
  const description = `${JSON.stringify({ name: release.packageName ?? name, version, type: 'module' })}\n`
  const listed = files([fileEntry('index.js', source), fileEntry('package.json', description)])
  const folder = join(directory, name, `${version}-${treeHash({ files: listed })}`)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'index.js'), source)
  await writeFile(join(folder, 'package.json'), description)
  const logger = `org.jitterbit.connector.${name}`
  const said = { name, version, agent: '>=1', logger, main: 'index.js', files: listed, ...manifest }
  const key = 'key' in release ? release.key : testKey
  await writeFile(join(folder, 'connector.json'), manifestText(key === undefined ? said : sign(said, key)))
  return folder
}

/** The source text of activities of which one reads nothing. */
const reading = "{ Read: { role: 'source', options: { type: 'object' }, async *read() {} } }"

/** A module whose default export is a connector; `activities` is the source text of its activities. */
export function connectorSource(name: string, version: string, activities = reading): string {
  const connection = '{ async test() {}, async objects() { return [] }, async schemas() {}, async close() {} }'
  return `export default {
  name: '${name}', version: '${version}', settings: { type: 'object' },
  async connect(settings) {
    const problem = { name: 'ConnectorError', code: 'SETTINGS_INVALID', retryable: false }
    if (settings === null) throw Object.assign(new Error('settings must be an object'), problem)
    return ${connection}
  },
  activities: ${activities},
}
`
}

function fileEntry(path: string, contents: string): Manifest['files'][number] {
  return { path, sizeBytes: Buffer.byteLength(contents), sha512: sha512(contents) }
}

function sha512(contents: string): string {
  return createHash('sha512').update(contents).digest('hex')
}
