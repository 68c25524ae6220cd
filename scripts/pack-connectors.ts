import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { type PackedFile, packFiles } from '../agent/registry/archive.ts'
import { treeHash } from '../agent/registry/manifest.ts'
import { archiveName, assemble } from '../agent/registry/pack.ts'
import { generateKeys, publicHalf } from '../agent/registry/signature.ts'
import { signingKeyFrom } from '../agent/registry/signing-key.ts'

/**
 * Bundles each connector into one self-contained, signed release: a folder `releases/<name>/<version>-<hash>/`, which the
 * agent loads, and a package `registry/<name>-<version>.tgz`, which makes `registry` the embedded registry.
 */
const connectors = ['bigcommerce', 'local-storage', 'variable']
const root = join(import.meta.dirname, '..')
const releases = join(root, 'releases')
const registry = join(root, 'registry')
const key = signingKey()

for (const folder of [releases, registry]) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
}
writeFileSync(join(registry, 'trusted-keys.json'), `${JSON.stringify([publicHalf(key)], null, 2)}\n`)
for (const name of connectors) await pack(name)

/** The key of AGENT_SIGNING_KEY, else one that is made once and kept as long as dist is there. */
function signingKey(): ReturnType<typeof signingKeyFrom> {
  const file = join(root, 'development-signing.key')
  const given = process.env['AGENT_SIGNING_KEY']
  if (given !== undefined && given !== '') return signingKeyFrom(given, 'AGENT_SIGNING_KEY')
  if (!existsSync(file)) writeFileSync(file, generateKeys().privateKey, { mode: 0o600, flag: 'wx' })
  return signingKeyFrom(file, file)
}

async function pack(name: string): Promise<void> {
  const { version, engines } = describe(name)
  const description = `${JSON.stringify({ name: `@commerce-agent/${name}`, version, type: 'module', main: 'index.js', engines })}\n`
  const facts = { name, version, agent: engines['commerce-agent'], logger: `org.jitterbit.connector.${name}` }
  const contents = [...(await bundle(name)), { path: 'package.json', contents: Buffer.from(description) }]
  const { manifest, files } = assemble({ ...facts, main: 'index.js' }, contents, key)
  const folder = join(releases, name, `${version}-${treeHash(manifest)}`)
  for (const { path, contents: bytes } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), bytes)
  }
  writeFileSync(join(registry, archiveName(manifest)), packFiles(files, name))
}

async function bundle(name: string): Promise<readonly PackedFile[]> {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'connectors', name, 'index.js')],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    write: false,
    legalComments: 'linked',
    outfile: 'index.js',
    // CommonJS dependencies inside an ESM bundle still ask for Node's built-ins through require.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
    },
  })
  return outputFiles.map(({ path, contents }) => ({
    path: path.endsWith('.js') ? 'index.js' : 'index.js.LEGAL.txt',
    contents,
  }))
}

function describe(name: string): { readonly version: string; readonly engines: { readonly 'commerce-agent': string } } {
  const text = readFileSync(join(root, '..', 'connectors', name, 'package.json'), 'utf8')
  return JSON.parse(text) as ReturnType<typeof describe> // written by us, checked when it is assembled
}
