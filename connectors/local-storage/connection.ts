import { access, constants, mkdir, realpath, stat, statfs } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, normalize, relative, resolve, sep } from 'node:path'
import { type Static, Type } from '@sinclair/typebox'
import type { Connection, ConnectionCheck, ConnectionReport, RunContext } from '../sdk/connector.ts'
import { ConnectorError } from '../sdk/errors.ts'
import { fileError } from './file-errors.ts'
import { optionsSchema } from './options.ts'

/** What a connection to a folder needs. */
export const settingsSchema = Type.Object(
  {
    directory: Type.String({
      title: 'Directory',
      description:
        'Folder on the machine of the agent; files outside it cannot be reached. Relative paths start where the agent was started.',
      minLength: 1,
    }),
  },
  { additionalProperties: false },
)

/** Something that a run leaves open until its connection closes. */
export interface OpenFile {
  close(): Promise<void>
}

/** A connection to one folder. */
export interface FolderConnection extends Connection {
  readonly directory: string
  /** The absolute path of a file in the folder. Throws FILE_DENIED when it lies outside, whatever leads there. */
  locate(path: string): Promise<string>
  /** Files to close with the connection. */
  readonly open: Map<string, OpenFile>
}

/** Opens a connection; touches nothing. Throws SETTINGS_INVALID. */
export async function openConnection(settings: unknown, _context: RunContext): Promise<FolderConnection> {
  const directory = parseSettings(settings)
  const open = new Map<string, OpenFile>()
  return {
    directory,
    open,
    locate: path => locate(directory, path),
    test: () => testFolder(directory),
    // Files appear and vanish; naming them is no help for a mapping.
    objects: async () => [],
    schemas: async () => ({ options: optionsSchema }),
    async close() {
      const files = [...open.values()]
      open.clear()
      for (const file of files) await file.close()
    },
  }
}

function parseSettings(settings: unknown): string {
  const { directory, ...rest } = (typeof settings === 'object' && settings !== null ? settings : {}) as Partial<
    Static<typeof settingsSchema>
  > // checked right here
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined)
    throw new ConnectorError('SETTINGS_INVALID', `${unknown} is not a setting; there is only: directory`)
  if (typeof directory !== 'string' || directory === '')
    throw new ConnectorError('SETTINGS_INVALID', 'directory must be the path of a folder')
  return resolve(directory)
}

async function locate(directory: string, path: string): Promise<string> {
  const wanted = normalize(path)
  if (isAbsolute(path) || wanted.startsWith('..') || path.includes('\0')) throw denied(path)
  const file = join(directory, wanted)
  try {
    // Folders are made as needed; links are followed to see where they lead.
    await mkdir(dirname(file), { recursive: true })
    const [root, parent] = [await realpath(directory), await realpath(dirname(file))]
    const inside = relative(root, parent)
    if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) throw denied(path)
    const target = join(parent, basename(file))
    const real = await realpath(target).catch(() => target)
    if (real !== target && relative(root, real).startsWith('..')) throw denied(path)
    return target
  } catch (thrown) {
    throw fileError(thrown, path)
  }
}

function denied(path: string): ConnectorError {
  return new ConnectorError('FILE_DENIED', `${path} lies outside the directory of the connection`)
}

async function testFolder(directory: string): Promise<ConnectionReport> {
  const checks: ConnectionCheck[] = []
  const check = async (name: string, work: () => Promise<string>) => {
    try {
      checks.push({ name, status: 'passed', message: await work() })
    } catch (thrown) {
      checks.push({ name, status: 'failed', message: fileError(thrown, directory).message })
    }
  }
  await check('directory', async () =>
    (await stat(directory)).isDirectory() ? directory : Promise.reject(new Error(`${directory} is no folder`)),
  )
  await check('rights', async () =>
    access(directory, constants.R_OK | constants.W_OK).then(() => 'may be read and written'),
  )
  await check('space', async () => {
    const { bavail, bsize } = await statfs(directory)
    return `${Math.floor((bavail * bsize) / 1_048_576).toLocaleString('en-US')} MB free`
  })
  const failed = checks.find(({ status }) => status === 'failed')
  if (failed === undefined)
    return { ok: true, message: `${directory} can be read and written`, checks, details: { directory } }
  const code = failed.name === 'directory' ? 'FILE_NOT_FOUND' : 'FILE_DENIED'
  return { ok: false, message: failed.message, code, checks, details: { directory } }
}
