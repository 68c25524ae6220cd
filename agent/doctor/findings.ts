/** What a check of the doctor found. */
export interface Finding {
  /** What was looked at: `redis eviction`. */
  readonly check: string
  /** `problem`: the agent cannot work, or may lose something; `warning`: it will, or may be slow. */
  readonly status: 'ok' | 'warning' | 'problem'
  readonly message: string
  /** What to do; not with `ok`. */
  readonly cure?: string
}

/** A finding that needs nobody. */
export function ok(check: string, message: string): Finding {
  return { check, status: 'ok', message }
}

/** A finding somebody should act on. */
export function warning(check: string, message: string, cure: string): Finding {
  return { check, status: 'warning', message, cure }
}

/** A finding somebody must act on. */
export function problem(check: string, message: string, cure: string): Finding {
  return { check, status: 'problem', message, cure }
}
