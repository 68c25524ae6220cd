import { ConnectorError, type ConnectorErrorCode } from '../sdk/errors.ts'

/** What the codes of the system mean to us; by `man 3 errno`. */
const codes: { readonly [code: string]: { readonly code: ConnectorErrorCode; readonly words: string } } = {
  ENOENT: { code: 'FILE_NOT_FOUND', words: 'does not exist' },
  ENOTDIR: { code: 'FILE_NOT_FOUND', words: 'does not exist: part of its path is no folder' },
  EISDIR: { code: 'FILE_INVALID', words: 'is a folder' },
  ENAMETOOLONG: { code: 'OPTIONS_INVALID', words: 'is too long a name for a file here' },
  EACCES: { code: 'FILE_DENIED', words: 'is denied to the user of the agent' },
  EPERM: { code: 'FILE_DENIED', words: 'is denied to the user of the agent' },
  EROFS: { code: 'FILE_DENIED', words: 'is on a file system that is read-only' },
  ELOOP: { code: 'FILE_DENIED', words: 'is a link where a file has to be' },
  ENOSPC: { code: 'DISK_FULL', words: 'cannot be written: no space is left on the disk' },
  EDQUOT: { code: 'DISK_FULL', words: 'cannot be written: the quota of the user of the agent is used up' },
  EFBIG: { code: 'DISK_FULL', words: 'cannot be written: it would be larger than files may be here' },
}

/** What the system threw about a file as an error of ours; an error of ours stays as it is. */
export function fileError(thrown: unknown, path: string, remark = ''): ConnectorError {
  if (thrown instanceof ConnectorError) return thrown
  const { code = '', message } = thrown as NodeJS.ErrnoException // node:fs throws nothing else
  const known = codes[code]
  if (known === undefined)
    return new ConnectorError('CONNECTOR_FAULT', `${path}: ${message}${remark}`, { cause: thrown })
  return new ConnectorError(known.code, `${path} ${known.words}${remark}`, { cause: thrown })
}
