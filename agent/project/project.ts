import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Type } from '@sinclair/typebox'
import { AgentError, type AgentErrorCode } from '../errors.ts'
import { parseOnce } from '../parse-once.ts'
import {
  type ConnectionDefinition,
  connectionDefinition,
  type OperationDefinition,
  operationDefinition,
  projectName,
  type VariableValue,
  variableValue,
} from '../run/operation.ts'
import { type Checked, compileSchema, nearest } from '../schema.ts'
import { labelOf, parseYamlFile, readProjectFile, type YamlFile } from './yaml-file.ts'

/** A definition and the file it stands in, to name lines of it. */
export interface Located<T> {
  readonly value: T
  readonly file: YamlFile
}

/** The variables of a project. */
export type Variables = { readonly [name: string]: VariableValue }

/** A project folder. Files are read when they are asked for, so a changed file holds from the next run on. */
export interface Project {
  readonly directory: string
  /** Throws OPERATION_NOT_FOUND, PROJECT_INVALID. */
  operation(name: string): Promise<Located<OperationDefinition>>
  /** Throws CONNECTION_NOT_FOUND, PROJECT_INVALID. */
  connection(name: string): Promise<Located<ConnectionDefinition>>
  /** Throws PROJECT_INVALID. */
  variables(): Promise<Variables>
  operations(): Promise<readonly string[]>
  connections(): Promise<readonly string[]>
}

const checkName = compileSchema(projectName)
const variablesSchema = Type.Record(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_.-]*$' }), variableValue, {
  additionalProperties: false,
})

/** Opens a project folder: `operations/<name>.yaml`, `connections/<name>.yaml`, `variables.yaml`. Reads nothing yet. */
export function openProject(directory: string): Project {
  const operations = definitions(compileSchema(operationDefinition))
  const connections = definitions(compileSchema(connectionDefinition))
  const checkVariables = compileSchema(variablesSchema)
  // A file with comments only holds nothing.
  const variables = definitions(value => checkVariables(value ?? {}))

  async function named<T>(kind: Kind, name: string, read: Definitions<T>): Promise<Located<T>> {
    // The name becomes a path: nothing that does not look like a name gets that far.
    const found = checkName(name).ok ? await read(join(directory, kind.folder, `${name}.yaml`)) : undefined
    if (found !== undefined) return found
    const hint = nearest(name, await namesIn(join(directory, kind.folder)))
    throw new AgentError(kind.missing, `the project has no ${kind.noun} ${JSON.stringify(name.slice(0, 100))}${hint}`)
  }

  return {
    directory,
    operation: name => named(operationKind, name, operations),
    connection: name => named(connectionKind, name, connections),
    variables: async () => (await variables(join(directory, 'variables.yaml')))?.value ?? {},
    operations: () => namesIn(join(directory, operationKind.folder)),
    connections: () => namesIn(join(directory, connectionKind.folder)),
  }
}

interface Kind {
  readonly folder: string
  readonly noun: string
  readonly missing: AgentErrorCode
}

const operationKind: Kind = { folder: 'operations', noun: 'operation', missing: 'OPERATION_NOT_FOUND' }
const connectionKind: Kind = { folder: 'connections', noun: 'connection', missing: 'CONNECTION_NOT_FOUND' }

/** Reads a definition out of a file; undefined when there is none. */
type Definitions<T> = (path: string) => Promise<Located<T> | undefined>

/** Each run reads its files; what has not changed since is not parsed and checked anew. */
function definitions<T>(check: (value: unknown) => Checked<T>): Definitions<T> {
  const parse = parseOnce((text, path): Located<T> => {
    const file = parseYamlFile(labelOf(path), text)
    return { value: fitting(file, check), file }
  })
  return async path => {
    const text = await readProjectFile(path)
    return text === undefined ? undefined : parse(text, path)
  }
}

function fitting<T>(file: YamlFile, check: (value: unknown) => Checked<T>): T {
  const checked = check(file.value)
  if (checked.ok) return checked.value
  const lines = checked.problems.map(({ path, message }) =>
    `${file.locate(path)}: ${path.join('.')} ${message}`.replace(':  ', ': '),
  )
  throw new AgentError('PROJECT_INVALID', lines.join('; '))
}

async function namesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return []
    throw thrown
  })
  return entries
    .filter(entry => entry.endsWith('.yaml'))
    .map(entry => entry.slice(0, -'.yaml'.length))
    .sort()
}
