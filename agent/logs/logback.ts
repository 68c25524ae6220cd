import { nearest } from '../schema.ts'
import {
  type LevelTable,
  type LoggerLevel,
  loggerLevels,
  parseLevel,
  parseLoggerName,
  rootLogger,
} from './logger-levels.ts'
import { readXml, type XmlElement, type XmlProblem } from './xml.ts'

/** What a `logback.xml` says. */
export type LogbackFile =
  | {
      readonly ok: true
      readonly levels: LevelTable
      /** What stands in it without effect here. */
      readonly ignored: readonly XmlProblem[]
    }
  | { readonly ok: false; readonly problem: XmlProblem }

/** A file of levels has a few lines. */
export const maxLogbackBytes = 262_144

/**
 * Reads the levels out of a `logback.xml`: `<configuration>` with `<logger name="…" level="…"/>` and `<root level="…">`.
 * The rest of what logback knows is ignored, as this agent writes its logs in its own way; what logback does not know
 * either is an error, so that nothing misspelled is without effect.
 */
export function parseLogback(text: string): LogbackFile {
  const document = readXml(text)
  if (!document.ok) return document
  const levels = new Map<string, LoggerLevel>()
  const ignored: XmlProblem[] = []
  const problem = readConfiguration(document.root, levels, ignored)
  return problem === undefined ? { ok: true, levels, ignored } : { ok: false, problem }
}

/** `config/logback.xml:3:17: …`, as editors and terminals make a link of. */
export function problemAt(file: string, { place: { line, column }, message }: XmlProblem): string {
  return `${file}:${line}:${column}: ${message}`
}

function readConfiguration(
  root: XmlElement,
  levels: Map<string, LoggerLevel>,
  ignored: XmlProblem[],
): XmlProblem | undefined {
  if (root.name !== 'configuration') {
    return { place: root.place, message: `the file begins with <${root.name}>, it must be <configuration>` }
  }
  for (const child of root.children) {
    if (child.name === 'logger' || child.name === 'root') {
      const problem = readLogger(child, levels, ignored)
      if (problem !== undefined) return problem
    } else if (foreignElements.includes(child.name)) {
      ignored.push({ place: child.place, message: `<${child.name}> has no effect here` })
    } else {
      const hint = nearest(child.name, ['logger', 'root', ...foreignElements])
      return { place: child.place, message: `<${child.name}> is not known${hint}` }
    }
  }
  return undefined
}

/** What else logback knows below `<configuration>`. */
const foreignElements = [
  ...['appender', 'conversionRule', 'contextListener', 'contextName', 'define', 'else', 'evaluator', 'if', 'import'],
  ...['include', 'insertFromJNDI', 'jmxConfigurator', 'newRule', 'property', 'receiver', 'sequenceNumberGenerator'],
  ...['serializeModel', 'shutdownHook', 'springProfile', 'springProperty', 'statusListener', 'then', 'timestamp'],
  ...['turboFilter', 'variable'],
]

function readLogger(
  element: XmlElement,
  levels: Map<string, LoggerLevel>,
  ignored: XmlProblem[],
): XmlProblem | undefined {
  const isRoot = element.name === 'root'
  const problem = unknownPart(element, isRoot ? ['level'] : ['name', 'level', 'additivity'])
  if (problem !== undefined) return problem
  const name = isRoot ? rootLogger : nameOf(element)
  if (typeof name !== 'string') return name
  for (const child of element.children) {
    if (child.name === 'appender-ref')
      ignored.push({ place: child.place, message: '<appender-ref> has no effect here' })
  }
  const additivity = element.attributes.get('additivity')
  if (additivity !== undefined) ignored.push({ place: additivity.place, message: 'additivity has no effect here' })
  const level = levelIn(element)
  if (typeof level === 'object') return level
  // Of several entries for one logger the last that says a level counts.
  if (level !== undefined) levels.set(name, level)
  return undefined
}

function unknownPart(element: XmlElement, known: readonly string[]): XmlProblem | undefined {
  for (const [name, { place }] of element.attributes) {
    if (!known.includes(name)) {
      return { place, message: `<${element.name}> has no attribute ${name}${nearest(name, known)}` }
    }
  }
  const child = element.children.find(({ name }) => name !== 'appender-ref' && name !== 'level')
  if (child === undefined) return undefined
  const hint = nearest(child.name, ['appender-ref', 'level'])
  return { place: child.place, message: `<${element.name}> has no element <${child.name}>${hint}` }
}

function nameOf(element: XmlElement): string | XmlProblem {
  const given = element.attributes.get('name')
  if (given === undefined) return { place: element.place, message: '<logger> has no name' }
  const name = parseLoggerName(given.value.trim())
  const wanted = 'is no name of a logger: it is words joined by dots'
  return name ?? { place: given.place, message: `${JSON.stringify(given.value)} ${wanted}` }
}

/** The level of an entry; undefined when it gives none. */
function levelIn(element: XmlElement): LoggerLevel | undefined | XmlProblem {
  const nested = element.children.find(({ name }) => name === 'level')
  const given = element.attributes.get('level') ?? nested?.attributes.get('value')
  if (given === undefined) {
    return nested === undefined ? undefined : { place: nested.place, message: '<level> has no value' }
  }
  const text = given.value.trim()
  if (/^(INHERITED|NULL)$/i.test(text)) return undefined
  const level = parseLevel(text)
  if (level !== undefined) return level
  const wanted = `it must be ${loggerLevels.slice(0, -1).join(', ')} or ${loggerLevels.at(-1)}`
  return { place: given.place, message: `level ${JSON.stringify(given.value)} is not known, ${wanted}` }
}
