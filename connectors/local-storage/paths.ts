import { mkdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path'
import { ConnectorError } from '../sdk/errors.ts'
import { fileError } from './file-errors.ts'

/** What a path is wanted for; only a write makes the folders that are missing. */
export type Purpose = 'read' | 'write'

/**
 * The absolute path of a file in a directory, links in its folders resolved. Throws FILE_DENIED when the path is
 * absolute, climbs with `..`, or a link leads outside; FILE_NOT_FOUND when its folder is missing; FILE_INVALID when it
 * is a folder itself.
 */
export async function locate(directory: string, path: string, purpose: Purpose): Promise<string> {
  const steps = path.split(sep === '/' ? '/' : /[\\/]/)
  if (isAbsolute(path) || path.includes('\0') || steps.includes('..')) throw denied(path)
  try {
    if (purpose === 'write') await makeDirectory(directory)
    const root = await realpath(directory)
    const folder = await folderOf(root, dirname(join('.', path)), { path, purpose })
    const file = join(folder, basename(path))
    const real = await realpath(file).catch(() => file)
    if (!isInside(root, real)) throw denied(path)
    // A file that is made beside such a path may stand outside, and could never get its name.
    if ((await stat(real).catch(() => undefined))?.isDirectory() === true)
      throw new ConnectorError('FILE_INVALID', `${path} is a folder`)
    return file
  } catch (thrown) {
    throw fileError(thrown, path)
  }
}

async function makeDirectory(directory: string): Promise<void> {
  try {
    await makeFolders(directory)
  } catch (thrown) {
    throw fileError(thrown, directory, ' and cannot be made')
  }
}

/**
 * Node's own recursive mkdir keeps a core busy for ever where a folder is there and the system still answers ENOENT for
 * one in it, as below /proc or in a folder that was deleted while in use (seen with Node 20.20.2).
 */
async function makeFolders(folder: string): Promise<void> {
  try {
    await mkdir(folder)
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException // node:fs throws nothing else
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || dirname(folder) === folder) throw thrown
    await makeFolders(dirname(folder))
    await mkdir(folder).catch(ignoreExisting)
  }
}

/** Walks down one folder at a time: a folder is made only after everything above it is known to lie inside. */
async function folderOf(
  root: string,
  folder: string,
  { path, purpose }: { readonly path: string; readonly purpose: Purpose },
): Promise<string> {
  let current = root
  for (const step of folder.split(sep)) {
    const next = join(current, step)
    if (purpose === 'write') await mkdir(next).catch(ignoreExisting)
    current = await realpath(next)
    if (!isInside(root, current)) throw denied(path)
  }
  return current
}

function ignoreExisting(thrown: NodeJS.ErrnoException): void {
  if (thrown.code !== 'EEXIST') throw thrown
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

function denied(path: string): ConnectorError {
  return new ConnectorError('FILE_DENIED', `${path} lies outside the directory of the connection`)
}
