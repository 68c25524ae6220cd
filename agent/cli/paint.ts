import { styleText } from 'node:util'
import type { CliIo } from './io.ts'

/** Colours a text as the status or level says that it tells of; gives it back as it is where colours are not wanted. */
export type Paint = (text: string, meaning: string | undefined) => string

const colours: { readonly [meaning: string]: Parameters<typeof styleText>[0] } = {
  success: 'green',
  'success-with-info': 'green',
  'success-with-warning': 'yellow',
  'success-with-child-error': 'yellow',
  warning: 'yellow',
  pending: 'yellow',
  error: 'red',
  canceled: 'magenta',
  'cancel-requested': 'magenta',
  running: 'cyan',
  received: 'cyan',
  time: 'dim',
}

/** Paints on a terminal, unless NO_COLOR (no-color.org) is set to anything. What it gets must be plain already. */
export function createPaint({ stdout, env }: Pick<CliIo, 'stdout' | 'env'>): Paint {
  if (stdout.isTTY !== true || env['NO_COLOR']) return text => text
  return (text, meaning = '') => {
    const colour = colours[meaning]
    // The terminal was asked about above: Node must not judge by its own stdout.
    return colour === undefined ? text : styleText(colour, text, { validateStream: false })
  }
}
