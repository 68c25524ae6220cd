import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

/** Bundles each connector into one self-contained release folder: `<name>/<version>-<hash>/{connector.json,package.json,index.js}`. */
const connectors = ['bigcommerce', 'local-storage', 'variable']
const root = join(import.meta.dirname, '..')
const releases = join(root, 'releases')

await rm(releases, { recursive: true, force: true })
for (const name of connectors) await pack(name)

async function pack(name: string): Promise<void> {
  const bundle = await build({
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
  const version = await versionOf(name)
  const description = `${JSON.stringify({ name: `@commerce-agent/${name}`, version, type: 'module' })}\n`
  const files = [
    ...bundle.outputFiles.map(file => ({
      path: file.path.endsWith('.js') ? 'index.js' : 'index.js.LEGAL.txt',
      contents: file.contents,
    })),
    { path: 'package.json', contents: Buffer.from(description) },
  ]
  const listed = files.map(({ path, contents }) => ({ path, sizeBytes: contents.byteLength, sha512: sha512(contents) }))
  const manifest = { name, version, logger: `org.jitterbit.connector.${name}`, main: 'index.js', files: listed }
  const folder = join(releases, name, `${version}-${sha512(JSON.stringify(listed)).slice(0, 12)}`)
  await mkdir(folder, { recursive: true })
  for (const { path, contents } of files) await writeFile(join(folder, path), contents)
  await writeFile(join(folder, 'connector.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}

async function versionOf(name: string): Promise<string> {
  const source = join(root, '..', 'connectors', name, 'package.json')
  await stat(source)
  const parsed = JSON.parse(await readFile(source, 'utf8')) as { version: string } // written by us, checked by the loader
  return parsed.version
}

function sha512(contents: string | Uint8Array): string {
  return createHash('sha512').update(contents).digest('hex')
}
