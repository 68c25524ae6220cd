import { createHash } from 'node:crypto'
import { type Static, Type } from '@sinclair/typebox'
import semver from 'semver'
import { compileSchema, problemText } from '../schema.ts'
import { invalid } from './invalid.ts'
import { createPathSet, pathProblem } from './release-path.ts'

/** Name of the file of a release that holds its manifest. */
export const manifestName = 'connector.json'

/** `connector.json`: what a release is, which agents it works with, which files it consists of, and who says so. */
const manifestSchema = Type.Object({
  name: Type.String({ pattern: '^[a-z][a-z0-9-]{0,63}$' }),
  version: Type.String({ maxLength: 64 }),
  agent: Type.String({ maxLength: 200, description: 'Semver range of the agents it works with.' }),
  logger: Type.String({ pattern: '^[A-Za-z0-9_.-]{1,128}$' }),
  main: Type.String(),
  files: Type.Array(
    Type.Object({
      path: Type.String({ minLength: 1 }),
      sizeBytes: Type.Integer({ minimum: 0 }),
      sha512: Type.String({ pattern: '^[0-9a-f]{128}$' }),
    }),
    { minItems: 1, maxItems: 1_000 },
  ),
  signature: Type.Optional(
    Type.Object({
      keyId: Type.String({ pattern: '^[0-9a-f]{16}$' }),
      value: Type.String({ pattern: '^[A-Za-z0-9+/]{86}==$', description: 'Ed25519 over the canonical form, base64.' }),
    }),
  ),
})
/** Keys that this agent does not know stay in it: they are part of what is signed. */
export type Manifest = Static<typeof manifestSchema>
const checkManifest = compileSchema(manifestSchema)
/** One file of a release. */
export type ManifestFile = Manifest['files'][number]

/** Reads a manifest; `subject` begins the message: `connector small 1.0.0`. Throws CONNECTOR_INVALID. */
export function parseManifest(text: string, subject: string): Manifest {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw invalid(subject, `has no readable ${manifestName}`, cause)
  }
  const checked = checkManifest(parsed)
  if (!checked.ok) {
    throw invalid(
      subject,
      `has a ${manifestName} that does not fit its schema: ${checked.problems.map(problemText).join('; ')}`,
    )
  }
  const problem = contentsProblem(checked.value)
  if (problem !== undefined) throw invalid(subject, problem)
  return checked.value
}

/** What the schema cannot say. */
function contentsProblem({ version, agent, main, files }: Manifest): string | undefined {
  if (semver.valid(version) !== version) return `has a version that is not semver: ${JSON.stringify(version)}`
  if (semver.validRange(agent) === null) return `names no semver range of agents: ${JSON.stringify(agent)}`
  const paths = createPathSet()
  paths.add(manifestName, 'file')
  for (const { path } of files) {
    const problem = pathProblem(path) ?? paths.add(path, 'file')
    if (problem !== undefined) return problem
  }
  return files.some(({ path }) => path === main) ? undefined : 'does not list its main file'
}

/** The bytes that are signed: JSON without white space, keys sorted by code unit at every level, without `signature`. */
export function canonicalForm(manifest: Manifest): Buffer {
  const { signature: _signature, ...signed } = manifest
  return Buffer.from(canonicalJson(signed))
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`
}

/** The first 12 hex digits of the SHA-512 over the list of files: the hash in the name of a release's folder. */
export function treeHash({ files }: Pick<Manifest, 'files'>): string {
  return createHash('sha512').update(JSON.stringify(files)).digest('hex').slice(0, 12)
}

/** A manifest as the text of its file. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`
}
