import { AgentError } from '../errors.ts'
import type { Variables } from './project.ts'

/** `[[` stands for one bracket; `[name]` and `[name{default}]` for the value of a variable. */
const reference = /\[\[|\[([A-Za-z_][A-Za-z0-9_.-]*)(?:\{([^{}]*)\})?\]/g
const wholeReference = /^\[([A-Za-z_][A-Za-z0-9_.-]*)(?:\{([^{}]*)\})?\]$/

type Path = readonly (string | number)[]

/**
 * A copy of the value in which every text has its `[variable]` references filled in. A text that is one reference and
 * nothing else takes the type of the variable; a default is a text. Throws VARIABLE_UNDEFINED; `locate` names the place.
 */
export function fillIn(value: unknown, variables: Variables, locate: (path: Path) => string): unknown {
  return walk(value, [])

  function walk(inner: unknown, path: Path): unknown {
    if (typeof inner === 'string') return fillText(inner, path)
    if (Array.isArray(inner)) return inner.map((each, index) => walk(each, [...path, index]))
    if (typeof inner !== 'object' || inner === null) return inner
    return Object.fromEntries(Object.entries(inner).map(([key, each]) => [key, walk(each, [...path, key])]))
  }

  function fillText(text: string, path: Path): unknown {
    const [, whole, wholeDefault] = wholeReference.exec(text) ?? []
    if (whole !== undefined) return lookUp(whole, wholeDefault, path)
    return text.replace(reference, (_found, name?: string, otherwise?: string) =>
      name === undefined ? '[' : String(lookUp(name, otherwise, path) ?? ''),
    )
  }

  function lookUp(name: string, otherwise: string | undefined, path: Path): unknown {
    if (Object.hasOwn(variables, name)) return variables[name]
    if (otherwise !== undefined) return otherwise
    throw new AgentError(
      'VARIABLE_UNDEFINED',
      `${locate(path)}: variable ${JSON.stringify(name)} has no value and no default`,
    )
  }
}

/** Names of the variables that a value refers to without a default. */
export function neededVariables(value: unknown): readonly string[] {
  if (typeof value === 'string') {
    return [...value.matchAll(reference)].flatMap(([, name, otherwise]) =>
      name !== undefined && otherwise === undefined ? [name] : [],
    )
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(neededVariables)
}
