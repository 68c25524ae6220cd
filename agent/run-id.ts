import { randomBytes } from 'node:crypto'

/** What ids of runs look like: they go into the names of files and into addresses. */
export const runIdPattern = '^[A-Za-z0-9_-]{1,64}$'

/** Whether a text can be the id of a run. */
export function isRunId(text: string): boolean {
  return new RegExp(runIdPattern).test(text)
}

/** `20261123-231702-8f3k2q`: sorts by time (UTC) and can be read aloud. */
export function newRunId(now: Date): string {
  const [date = '', time = ''] = now.toISOString().replaceAll(/[-:]/g, '').split(/[T.]/)
  return `${date}-${time}-${randomBytes(5).toString('hex')}`
}
