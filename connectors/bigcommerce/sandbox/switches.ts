/**
 * Every behaviour of the service that nobody could verify, in one place. Each has a stated default here; a test that
 * needs the other choice gives it as `SandboxOptions.switches`.
 */
export interface Switches {
  /** A `limit` above the maximum: 'cap' serves the maximum, 'refuse' answers 413. One text says this, another that. */
  readonly limitAboveMaximum: 'cap' | 'refuse'
  /** `total_pages` of an empty v3 list; both 0 and 1 have been seen. */
  readonly emptyTotalPages: 0 | 1
  /** With `include=options|modifiers` a page holds 10 records; 'asked' computes `total_pages` from the asked limit. */
  readonly totalPagesUnderPageCap: 'served' | 'asked'
  /** What `meta` of a single v3 record is; PHP's empty array has been seen. */
  readonly emptyMeta: 'object' | 'array'
  /** Both `before` and `after` on a cursor list. */
  readonly bothCursors: 'refuse' | 'after-wins'
  /** Whether `GET /v2/time` needs the Information & Settings scope. */
  readonly timeNeedsScope: boolean
  /** Whether `GET /v2/orders` knows `is_deleted`; the document of April 2026 does not name it any more. */
  readonly isDeletedFilter: 'known' | 'unknown'
  /** What `GET /v2/orders/{id}/fees` gives: the document declares one fee and shows `{fees:[…]}`; siblings are arrays. */
  readonly orderFees: 'array' | 'object' | 'single'
  /** Whether a request refused for its route, token or scope consumes quota. */
  readonly refusedRequestsCount: boolean
}

/** The defaults of the switches. */
export const defaultSwitches: Switches = {
  limitAboveMaximum: 'cap',
  emptyTotalPages: 0,
  totalPagesUnderPageCap: 'served',
  emptyMeta: 'object',
  bothCursors: 'refuse',
  timeNeedsScope: false,
  isDeletedFilter: 'known',
  orderFees: 'array',
  refusedRequestsCount: false,
}
