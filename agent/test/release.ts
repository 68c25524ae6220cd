import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What a release of a test is made of. */
export interface TestRelease {
  readonly name: string
  readonly version: string
  /** The source of its index.js; default: a connector that can do nothing. */
  readonly source?: string
  /** What the manifest says otherwise than it should. */
  readonly manifest?: object
  /** What the list of files says otherwise than it should. */
  readonly files?: (listed: readonly object[]) => readonly object[]
}

/** Writes a release as `scripts/build` packs it; returns its folder. */
export async function writeRelease(directory: string, release: TestRelease): Promise<string> {
  const { name, version, source = connectorSource(name, version), manifest = {}, files = listed => listed } = release
  const description = `${JSON.stringify({ name, version, type: 'module' })}\n`
  const listed = files([fileEntry('index.js', source), fileEntry('package.json', description)])
  const folder = join(directory, name, `${version}-${sha512(JSON.stringify(listed)).slice(0, 12)}`)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'index.js'), source)
  await writeFile(join(folder, 'package.json'), description)
  const said = { name, version, logger: `org.jitterbit.connector.${name}`, main: 'index.js', files: listed }
  await writeFile(join(folder, 'connector.json'), JSON.stringify({ ...said, ...manifest }))
  return folder
}

/** A module whose default export is a connector; `activities` is the source text of its activities. */
export function connectorSource(name: string, version: string, activities = '{}'): string {
  const connection = '{ async test() {}, async objects() { return [] }, async schemas() {}, async close() {} }'
  return `export default {
  name: '${name}', version: '${version}', settings: { type: 'object' },
  async connect() { return ${connection} },
  activities: ${activities},
}
`
}

function fileEntry(path: string, contents: string): object {
  return { path, sizeBytes: Buffer.byteLength(contents), sha512: sha512(contents) }
}

function sha512(contents: string): string {
  return createHash('sha512').update(contents).digest('hex')
}
