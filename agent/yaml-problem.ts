import type { YAMLParseError } from 'yaml'

/**
 * What is wrong with the syntax of a YAML text, on one line. What the parser quotes from the text is left out: it may
 * be a password that begins with `*`, `|` or `>` and lacks its quotes.
 */
export function yamlProblem({ code, message }: Pick<YAMLParseError, 'code' | 'message'>): string {
  const [firstLine = 'not valid YAML'] = message.split('\n')
  const problem = firstLine.replace(/ at line \d+.*$/, '').replace(/: .*$|(?<=escape sequence) .*$/, '')
  return quotable.has(code) ? `${problem}; put the value in quotes` : problem
}

/** Codes of the parser that a value without quotes leads to. */
const quotable: ReadonlySet<string> = new Set(['BAD_ALIAS', 'BAD_SCALAR_START', 'UNEXPECTED_TOKEN'])
