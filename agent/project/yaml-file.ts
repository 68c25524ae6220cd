import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type Document, LineCounter, type Node, parseDocument, visit } from 'yaml'
import { AgentError, toError } from '../errors.ts'
import { yamlProblem } from '../yaml-problem.ts'

/** A YAML file in memory, which still knows the line of each of its values. */
export interface YamlFile {
  /** Folder and name, for people: `operations/Products to CSV.yaml`. */
  readonly label: string
  readonly value: unknown
  /** `operations/x.yaml:7`, for the value at that path, or the nearest one above it that is there. */
  locate(path: readonly (string | number)[]): string
}

/** Reads the text of a file of the project; undefined when it is not there. Throws PROJECT_INVALID. */
export async function readProjectFile(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new AgentError('PROJECT_INVALID', `${file} cannot be read: ${toError(thrown).message}`, { cause: thrown })
  }
}

/** `connections/shop.yaml`, or just the name for a file at the top of the project. */
export function labelOf(file: string): string {
  const folder = basename(dirname(file))
  return ['connections', 'operations'].includes(folder) ? join(folder, basename(file)) : basename(file)
}

/** Parses the text of a file. Throws PROJECT_INVALID naming file and line. */
export function parseYamlFile(label: string, text: string): YamlFile {
  const lineCounter = new LineCounter()
  // A project file is small; aliases that multiply would be an attack.
  const document = parseDocument(text, { lineCounter, uniqueKeys: true })
  const lineAt = (offset: number | undefined) => `${label}:${lineCounter.linePos(offset ?? 0).line}`
  const [problem] = document.errors
  if (problem !== undefined) {
    throw new AgentError('PROJECT_INVALID', `${lineAt(problem.pos[0])}: ${yamlProblem(problem)}`)
  }
  const lost = unresolvedAlias(document)
  if (lost !== undefined) {
    // The parser would tell by the name of the alias, which may be a password that begins with `*`.
    throw new AgentError(
      'PROJECT_INVALID',
      `${lineAt(lost.range?.[0])}: no such alias; put a value that begins with * in quotes`,
    )
  }
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 100 })
  } catch (thrown) {
    throw new AgentError('PROJECT_INVALID', `${label}: ${toError(thrown).message}`, { cause: thrown })
  }
  return {
    label,
    value,
    locate(path) {
      for (let length = path.length; length > 0; length -= 1) {
        const node = document.getIn(path.slice(0, length), true) as Node | undefined // `true` asks for nodes
        if (node?.range != null) return lineAt(node.range[0])
      }
      return lineAt(document.contents?.range?.[0])
    },
  }
}

function unresolvedAlias(document: Document.Parsed): Node | undefined {
  let found: Node | undefined
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document) !== undefined) return undefined
      found = alias
      return visit.BREAK
    },
  })
  return found
}
