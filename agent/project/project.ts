import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Type } from '@sinclair/typebox'
import { AgentError, type AgentErrorCode } from '../errors.ts'
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
import { readYamlFile, type YamlFile } from './yaml-file.ts'

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
  const checkOperation = compileSchema(operationDefinition)
  const checkConnection = compileSchema(connectionDefinition)
  const checkVariables = compileSchema(variablesSchema)

  async function named<T>(kind: Kind, name: string, check: (value: unknown) => Checked<T>): Promise<Located<T>> {
    // The name becomes a path: nothing that does not look like a name gets that far.
    const file = checkName(name).ok ? await readYamlFile(join(directory, kind.folder, `${name}.yaml`)) : undefined
    if (file === undefined) {
      const hint = nearest(name, await namesIn(join(directory, kind.folder)))
      throw new AgentError(kind.missing, `the project has no ${kind.noun} ${JSON.stringify(name.slice(0, 100))}${hint}`)
    }
    return { value: fitting(file, check), file }
  }

  return {
    directory,
    operation: name => named(operationKind, name, checkOperation),
    connection: name => named(connectionKind, name, checkConnection),
    async variables() {
      const file = await readYamlFile(join(directory, 'variables.yaml'))
      return file === undefined || file.value === null ? {} : fitting(file, checkVariables)
    },
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
