import { type Static, Type } from '@sinclair/typebox'
import { workSchema } from './run/work.ts'
import { lastWordsHead } from './runner-last-words.ts'
import { compileSchema } from './schema.ts'

const common = { work: Type.Optional(workSchema), stack: Type.String() }
const lastWordsSchema = Type.Union([
  /** Nobody caught what was thrown, or handled a promise that was rejected. */
  Type.Object({
    tag: Type.Union([Type.Literal('exception'), Type.Literal('rejection')]),
    message: Type.String(),
    ...common,
  }),
  /** Somebody called process.exit. */
  Type.Object({ tag: Type.Literal('exit'), ...common }),
  /** Where the runner is, when it has not come back for long. */
  Type.Object({ tag: Type.Literal('stuck'), ...common }),
])

/** What a runner can still say of the cause before it ends. Unredacted: its supervisor sees to that. */
export type LastWords = Readonly<Static<typeof lastWordsSchema>>

/** Reads lines that may be last words; undefined for all others. */
export function createLastWordsReader(): (line: string) => LastWords | undefined {
  const check = compileSchema(lastWordsSchema)
  return line => {
    if (!line.startsWith(lastWordsHead)) return undefined
    try {
      const checked = check((JSON.parse(line) as { readonly lastWords?: unknown }).lastWords)
      return checked.ok ? checked.value : undefined
    } catch {
      return undefined
    }
  }
}
