import { opendir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { ActivitySchemas, DataRecord, JsonSchema, ObjectDescription } from '../sdk/connector.ts'
import { ConnectorError } from '../sdk/errors.ts'
import type { FolderConnection } from './connection.ts'
import { fileError } from './file-errors.ts'
import { formatOf, optionsSchema } from './options.ts'
import { firstRecords } from './read.ts'

/** A folder can hold anything: listing ends after so many files, or so many entries looked at. */
const listedFiles = 500
const seenEntries = 10_000

/** The files of a folder and its folders whose name tells a format, sorted by path; links are not followed. */
export async function listFiles(directory: string, filter = ''): Promise<readonly ObjectDescription[]> {
  const wanted = filter.toLowerCase()
  const names: string[] = []
  try {
    for await (const path of filesIn(directory)) {
      const name = relative(directory, path).split(sep).join('/')
      if (formatOf(name) === undefined || !name.toLowerCase().includes(wanted)) continue
      names.push(name)
      if (names.length === listedFiles) break
    }
  } catch (thrown) {
    throw fileError(thrown, directory)
  }
  return names.sort().map(name => ({ name, label: name, activities: ['Read', 'Write'] }))
}

async function* filesIn(directory: string): AsyncGenerator<string> {
  const folders = [directory]
  let seen = 0
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    for await (const entry of await opendir(folder)) {
      seen += 1
      if (seen > seenEntries) return
      if (entry.name.startsWith('.')) continue
      const path = join(folder, entry.name)
      if (entry.isDirectory()) folders.push(path)
      else if (entry.isFile()) yield path
    }
  }
}

/** Schemas for a file: what its first records look like, and that any record can be written. Throws OBJECT_UNKNOWN. */
export async function schemasOf(
  connection: FolderConnection,
  activity: string,
  object: string,
): Promise<ActivitySchemas> {
  if (formatOf(object) === undefined) throw unknownObject(`the name ${object} does not tell a format`)
  switch (activity) {
    case 'Read':
      return { options: optionsSchema, response: await responseSchema(connection, object) }
    case 'Write':
      return { options: optionsSchema, request: { type: 'object', title: object, additionalProperties: true } }
    default:
      throw unknownObject(`there is no activity ${activity}; there are Read and Write`)
  }
}

async function responseSchema(connection: FolderConnection, object: string): Promise<JsonSchema> {
  try {
    return schemaOf(object, await firstRecords(connection, { path: object }))
  } catch (thrown) {
    const { code, message } = fileError(thrown, object)
    if (code === 'FILE_NOT_FOUND') throw unknownObject(message)
    throw thrown
  }
}

function schemaOf(title: string, records: readonly DataRecord[]): JsonSchema {
  const types = new Map<string, Set<string>>()
  for (const record of records) {
    for (const [field, value] of Object.entries(record)) {
      const known = types.get(field) ?? new Set(['null'])
      types.set(field, known.add(typeOf(value)))
    }
  }
  const properties = Object.fromEntries([...types].map(([field, known]) => [field, { type: [...known].sort() }]))
  return { type: 'object', title, properties, additionalProperties: true }
}

function typeOf(value: DataRecord[string]): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

function unknownObject(problem: string): ConnectorError {
  return new ConnectorError('OBJECT_UNKNOWN', problem)
}
