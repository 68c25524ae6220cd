import { resolve } from 'node:path'
import { type Static, Type } from '@sinclair/typebox'
import type { Connection, RunContext } from '../sdk/connector.ts'
import { ConnectorError } from '../sdk/errors.ts'
import { listFiles, schemasOf } from './folder-contents.ts'
import { testFolder } from './folder-test.ts'
import { locate, type Purpose } from './paths.ts'

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
  locate(path: string, purpose: Purpose): Promise<string>
  /** Files to close with the connection. */
  readonly open: Map<string, OpenFile>
}

/** Opens a connection; touches nothing. Throws SETTINGS_INVALID. */
export async function openConnection(settings: unknown, _context: RunContext): Promise<FolderConnection> {
  const directory = parseSettings(settings)
  const open = new Map<string, OpenFile>()
  const connection: FolderConnection = {
    directory,
    open,
    locate: (path, purpose) => locate(directory, path, purpose),
    test: () => testFolder(directory),
    objects: filter => listFiles(directory, filter),
    schemas: (activity, object) => schemasOf(connection, activity, object),
    async close() {
      const files = [...open.values()]
      open.clear()
      for (const file of files) await file.close()
    },
  }
  return connection
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
