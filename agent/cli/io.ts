/** The world of a command: where it writes, what it reads, how it ends. */
export interface CliIo {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean }
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean }
  readonly stdin: NodeJS.ReadStream
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal
  /** The code the process ends with; see `exitCodes`. */
  setExitCode(code: number): void
}

/** What the exit code of a command says. */
export const exitCodes = {
  ok: { code: 0, meaning: 'done; a followed run ended in success' },
  failed: {
    code: 1,
    meaning: 'the command failed; the doctor found a problem; an agent was forced to stop or crashed',
  },
  usage: { code: 2, meaning: 'wrong usage, configuration or project' },
  runFailed: { code: 3, meaning: 'the followed run ended in error, or the connection test failed' },
  runCanceled: { code: 4, meaning: 'the followed run was canceled' },
  unreachable: { code: 5, meaning: 'no agent answers' },
  interrupted: { code: 130, meaning: 'Ctrl-C while following, where the run itself goes on, or at a question' },
} as const
