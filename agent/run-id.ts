import { randomBytes } from 'node:crypto'

/** `20261123-231702-8f3k2q`: sorts by time (UTC) and can be read aloud. */
export function newRunId(now: Date): string {
  const [date = '', time = ''] = now.toISOString().replaceAll(/[-:]/g, '').split(/[T.]/)
  return `${date}-${time}-${randomBytes(5).toString('hex')}`
}
