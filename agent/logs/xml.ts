/**
 * A strict reader for the XML of small configuration files: elements, attributes, comments, text, the five entities.
 * What it does not know it refuses, so that nothing in a file is silently without effect; a document type among it, and
 * with that everything a file could make the agent fetch or unfold.
 */

/** Where something stands, from 1. */
export interface TextPlace {
  readonly line: number
  readonly column: number
}

export interface XmlAttribute {
  readonly value: string
  readonly place: TextPlace
}

export interface XmlElement {
  readonly name: string
  readonly place: TextPlace
  readonly attributes: ReadonlyMap<string, XmlAttribute>
  readonly children: readonly XmlElement[]
}

/** What is wrong, and where. */
export interface XmlProblem {
  readonly place: TextPlace
  readonly message: string
}

/** The root element of a document, or why it is none. Text between elements is read over. */
export type XmlDocument =
  | { readonly ok: true; readonly root: XmlElement }
  | { readonly ok: false; readonly problem: XmlProblem }

interface OpenElement extends XmlElement {
  readonly children: XmlElement[]
}

/** A problem by its offset in the text. */
interface Fault {
  readonly at: number
  readonly message: string
}

/** Reads a document. */
export function readXml(source: string): XmlDocument {
  const text = source.replace(/^\ufeff/, '')
  const placeOf = createPlaces(text)
  const fail = ({ at, message }: Fault) => ({ ok: false, problem: { place: placeOf(at), message } }) as const
  const reading: Reading = { text, placeOf, cursor: createCursor(text), open: [], root: undefined }
  reading.cursor.take(/<\?xml\s[^<>?]*\?>/y)
  while (!reading.cursor.isAtEnd()) {
    const fault = readNext(reading)
    if (fault !== undefined) return fail(fault)
  }
  const unclosed = reading.open.at(-1)
  if (unclosed !== undefined) {
    return { ok: false, problem: { place: unclosed.place, message: `<${unclosed.name}> is never closed` } }
  }
  return reading.root === undefined ? fail({ at: 0, message: 'there is no element' }) : { ok: true, root: reading.root }
}

interface Reading {
  readonly text: string
  readonly placeOf: (offset: number) => TextPlace
  readonly cursor: Cursor
  /** Elements not closed yet, the innermost last. */
  readonly open: OpenElement[]
  root: XmlElement | undefined
}

interface Cursor {
  position(): number
  isAtEnd(): boolean
  startsWith(text: string): boolean
  /** What the sticky pattern finds here; the cursor stands behind it then. */
  take(pattern: RegExp): RegExpExecArray | undefined
  moveTo(position: number): void
}

function createCursor(text: string): Cursor {
  let position = 0
  return {
    position: () => position,
    isAtEnd: () => position >= text.length,
    startsWith: part => text.startsWith(part, position),
    take(pattern) {
      pattern.lastIndex = position
      const found = pattern.exec(text) ?? undefined
      if (found !== undefined) position = pattern.lastIndex
      return found
    },
    moveTo(to) {
      position = to
    },
  }
}

/** Reads text and the one tag or comment after it. */
function readNext(reading: Reading): Fault | undefined {
  const { cursor, open } = reading
  const fault = skipText(cursor, open.length > 0)
  if (fault !== undefined || cursor.isAtEnd()) return fault
  if (cursor.startsWith('<!--')) return skipComment(reading)
  if (cursor.startsWith('<!') || cursor.startsWith('<?')) return { at: cursor.position(), message: forbidden(cursor) }
  return cursor.startsWith('</') ? closeElement(reading) : openElement(reading)
}

/** Reads over text up to the next `<`. It has no meaning in our files, but must be well-formed, and inside the root. */
function skipText(cursor: Cursor, isInside: boolean): Fault | undefined {
  const start = cursor.position()
  const [text = ''] = cursor.take(/[^<]*/y) ?? []
  const stray = isInside ? -1 : text.search(/\S/)
  if (stray !== -1) return { at: start + stray, message: 'a text stands outside of the element' }
  return wrongReference(text, start)
}

function skipComment({ cursor, text }: Reading): Fault | undefined {
  const start = cursor.position()
  const end = text.indexOf('--', start + '<!--'.length)
  if (end === -1) return { at: start, message: 'the comment is never closed' }
  if (text[end + 2] !== '>') return { at: end, message: 'a comment must not hold "--"' }
  cursor.moveTo(end + '-->'.length)
  return undefined
}

function forbidden(cursor: Cursor): string {
  if (cursor.startsWith('<!DOCTYPE')) return 'a document type (DOCTYPE) is not allowed'
  if (cursor.startsWith('<![CDATA[')) return 'CDATA is not allowed'
  if (cursor.startsWith('<?xml ')) return 'the declaration <?xml …?> must be the very first'
  return cursor.startsWith('<?') ? 'a processing instruction is not allowed' : 'a declaration is not allowed'
}

function closeElement({ cursor, open }: Reading): Fault | undefined {
  const at = cursor.position()
  const [, name] = cursor.take(/<\/([^\s<>/]+)\s*>/y) ?? []
  if (name === undefined) return { at, message: 'the closing tag is not complete' }
  const current = open.pop()
  if (current === undefined) return { at, message: `</${name}> closes nothing` }
  if (current.name === name) return undefined
  const { line, column } = current.place
  return { at, message: `</${name}> stands where <${current.name}> of ${line}:${column} must be closed` }
}

function openElement(reading: Reading): Fault | undefined {
  const { cursor, open, root } = reading
  const at = cursor.position()
  const tag = readTag(reading)
  if ('message' in tag) return tag
  const { element } = tag
  if (open.length === 0 && root !== undefined) return { at, message: `<${element.name}> stands after the end` }
  open.at(-1)?.children.push(element)
  reading.root ??= element
  if (!tag.isEmpty) open.push(element)
  return undefined
}

type Tag = { readonly element: OpenElement; readonly isEmpty: boolean } | Fault

const attributePattern = /\s+([A-Za-z_:][\w:.-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y

function readTag({ cursor, placeOf }: Reading): Tag {
  const start = cursor.position()
  const [, name] = cursor.take(/<([A-Za-z_:][\w:.-]*)(?=[\s/>]|$)/y) ?? []
  if (name === undefined) return { at: start, message: 'no element begins here; a "<" in a text is written &lt;' }
  const attributes = new Map<string, XmlAttribute>()
  for (;;) {
    const at = cursor.position()
    const found = cursor.take(attributePattern)
    if (found === undefined) break
    const [whole, attribute = '', doubled, single] = found
    const place = at + whole.search(/\S/)
    if (attributes.has(attribute)) return { at: place, message: `the attribute ${attribute} is given twice` }
    const raw = doubled ?? single ?? ''
    const wrong = wrongReference(raw, at + whole.length - 1 - raw.length)
    if (wrong !== undefined) return wrong
    attributes.set(attribute, { value: withoutEntities(raw), place: placeOf(place) })
  }
  const hasBlank = cursor.take(/\s+/y) !== undefined
  const end = cursor.take(/\/?>/y)
  if (end === undefined) return { at: cursor.position(), message: attributeProblem(cursor, name, hasBlank) }
  return { element: { name, place: placeOf(start), attributes, children: [] }, isEmpty: end[0] === '/>' }
}

/** Why no attribute and no end of the tag begins here. */
function attributeProblem(cursor: Cursor, element: string, hasBlank: boolean): string {
  if (cursor.isAtEnd() || cursor.startsWith('<')) return `the tag <${element}> is never closed by ">"`
  const [, attribute, sign] = cursor.take(/([A-Za-z_:][\w:.-]*)\s*(=?)/y) ?? []
  if (attribute === undefined) return `no attribute of <${element}> begins here`
  if (!hasBlank) return `a quote or a blank is missing before ${attribute}`
  if (sign === '') return `the attribute ${attribute} has no value`
  return `the value of ${attribute} must stand in straight quotes that are closed, without "<"`
}

const entities: { readonly [name: string]: string } = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** A reference that is none of the five; the text begins at `start`. */
function wrongReference(text: string, start: number): Fault | undefined {
  const found = /&(?!(?:lt|gt|amp|quot|apos);)(?:([\w#.-]*);)?/.exec(text)
  if (found === null) return undefined
  const known = 'only &lt; &gt; &amp; &quot; and &apos; are'
  const message = found[1] === undefined ? 'a "&" is written &amp;' : `&${found[1]}; is not known; ${known}`
  return { at: start + found.index, message }
}

function withoutEntities(text: string): string {
  return text.replace(/&(lt|gt|amp|quot|apos);/g, (whole, name: string) => entities[name] ?? whole)
}

/** Finds lines and columns by offsets. Made once: a file may have many elements. */
function createPlaces(text: string): (offset: number) => TextPlace {
  const starts = [0, ...[...text.matchAll(/\r\n|\r|\n/g)].map(({ 0: end, index }) => index + end.length)]
  return offset => {
    let [low, high] = [0, starts.length]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
  }
}
