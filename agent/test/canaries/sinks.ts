import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** A place where an agent writes or answers, and all that stands there. */
export interface Sink {
  readonly name: string
  readonly text: string
}

/** Every file below a folder, unpacked when it is packed; `isLeftOut` tells those whose purpose is to hold a secret. */
export async function filesBelow(directory: string, isLeftOut: (path: string) => boolean): Promise<readonly Sink[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const paths = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  const wanted = paths.map(path => relative(directory, path)).filter(path => !isLeftOut(path))
  return Promise.all(
    wanted.sort().map(async path => {
      const bytes = await readFile(join(directory, path))
      return { name: `file ${path}`, text: (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8') }
    }),
  )
}

/** Whatever an API answers to a request, with its headers. */
export async function answerTo(request: string, url: string, token: string, body?: unknown): Promise<Sink> {
  const [method = 'GET', path = ''] = request.split(' ')
  const withBody =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  const answer = await fetch(`${url}${path}`, {
    method,
    ...withBody,
    headers: { ...withBody.headers, authorization: `Bearer ${token}` },
  })
  const bytes = Buffer.from(await answer.arrayBuffer())
  const text = (path.endsWith('.tar.gz') && answer.ok ? gunzipSync(bytes) : bytes).toString('utf8')
  return { name: `${request} → ${answer.status}`, text: `${JSON.stringify([...answer.headers])}\n${text}` }
}

/** What a command prints, on stdout and stderr. */
export async function printedBy(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  name: string,
): Promise<Sink> {
  const main = join(import.meta.dirname, '..', '..', 'main.js')
  const options = { env: { ...process.env, NODE_OPTIONS: '', ...env }, maxBuffer: 200_000_000 }
  return new Promise(resolve => {
    const child = execFile(process.execPath, [main, ...args], options, (_failure, stdout, stderr) => {
      resolve({ name, text: `${stdout}\n${stderr}` })
    })
    child.stdin?.end()
  })
}
