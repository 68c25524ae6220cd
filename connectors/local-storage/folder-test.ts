import { access, constants, stat, statfs } from 'node:fs/promises'
import type { ConnectionCheck, ConnectionReport, JsonValue } from '../sdk/connector.ts'
import type { ConnectorErrorCode } from '../sdk/errors.ts'
import { fileError } from './file-errors.ts'

/** Less free space than this is worth a warning. */
const littleSpaceBytes = 100 * 1024 * 1024

/** Tells whether a folder is there, may be read and written, and has space. A folder that may only be read is ok. */
export async function testFolder(directory: string): Promise<ConnectionReport> {
  const checks: ConnectionCheck[] = []
  const details: { [name: string]: JsonValue } = { directory }
  try {
    if (!(await stat(directory)).isDirectory())
      return failure(checks, details, 'FILE_NOT_FOUND', `${directory} is a file, not a folder`)
    checks.push({ name: 'directory', status: 'passed', message: `${directory} is there` })
    await access(directory, constants.R_OK | constants.X_OK)
    checks.push({ name: 'read', status: 'passed', message: 'files can be read' })
  } catch (thrown) {
    const { code, message } = fileError(thrown, directory)
    return failure(checks, details, code, message)
  }
  const isWritable = await access(directory, constants.W_OK).then(
    () => true,
    () => false,
  )
  checks.push(
    isWritable
      ? { name: 'write', status: 'passed', message: 'files can be written' }
      : { name: 'write', status: 'warning', message: 'the user of the agent may read here, not write' },
  )
  const space = await spaceCheck(directory)
  checks.push(space.check)
  if (space.freeBytes !== undefined) details['freeBytes'] = space.freeBytes
  return {
    ok: true,
    message: `${directory} can be read${isWritable ? ' and written' : ', not written'}`,
    checks,
    details,
  }
}

async function spaceCheck(directory: string): Promise<{ check: ConnectionCheck; freeBytes?: number }> {
  const name = 'free space'
  try {
    const { bavail, bsize } = await statfs(directory)
    const freeBytes = bavail * bsize
    const message = `${Math.floor(freeBytes / 1_048_576).toLocaleString('en-US')} MB are free`
    return { check: { name, status: freeBytes < littleSpaceBytes ? 'warning' : 'passed', message }, freeBytes }
  } catch (thrown) {
    return { check: { name, status: 'warning', message: fileError(thrown, directory).message } }
  }
}

function failure(
  checks: readonly ConnectionCheck[],
  details: ConnectionReport['details'],
  code: ConnectorErrorCode,
  message: string,
): ConnectionReport {
  const name = checks.length === 0 ? 'directory' : 'read'
  return { ok: false, message, code, checks: [...checks, { name, status: 'failed', message }], details }
}
