import type { RunContext, TargetActivity } from '../sdk/connector.ts'
import type { FolderConnection } from './connection.ts'
import { optionsSchema, parseOptions } from './options.ts'
import { openPartialFile, type PartialFile } from './partial-file.ts'

/** About a page of a source: what waits for the disk outlives collections, and twice as much costs a tenth of a run. */
const batchRecords = 250

/**
 * Writes records into a file that appears under its name only when the run has succeeded. Until then, and when the run
 * fails, they stand in `<path>.<run>.partial` beside it; a run that goes on after a crash goes on with that file.
 */
export const write: TargetActivity<FolderConnection> = {
  role: 'target',
  options: optionsSchema,
  batchSize: () => batchRecords,
  async write(connection, batch, options, context) {
    const file = await fileOf(connection, options, context)
    return file.append(batch)
  },
  async finish(connection, options, context) {
    const file = await fileOf(connection, options, context)
    await file.finish()
  },
}

async function fileOf(connection: FolderConnection, options: unknown, context: RunContext): Promise<PartialFile> {
  const parsed = parseOptions(options)
  const known = connection.open.get(parsed.path)
  if (known !== undefined) return known as PartialFile // only this activity puts files there under that path
  const file = await openPartialFile(await connection.locate(parsed.path, 'write'), parsed, context)
  connection.open.set(parsed.path, file)
  return file
}
