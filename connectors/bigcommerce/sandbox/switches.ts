/** A behaviour of the service that nobody could verify. */
interface Switch<Choice> {
  readonly choices: readonly Choice[]
  readonly byDefault: Choice
  readonly meaning: string
}

/** All of them, in one place; the README's table is generated from here. */
export const switches = {
  limitAboveMaximum: oneOf(
    ['cap', 'refuse'],
    'A `limit` above 250: serve 250, or answer 413. One text of the service says this, another that.',
  ),
  emptyTotalPages: oneOf([0, 1], '`total_pages` of an empty v3 list; both have been seen.'),
  totalPagesUnderPageCap: oneOf(
    ['served', 'asked'],
    'With `include=options` or `modifiers` a page holds 10 records; whether `total_pages` counts by these or by the asked limit.',
  ),
  emptyMeta: oneOf(
    ['object', 'array'],
    "`meta` of a single v3 record: `{}`, or PHP's empty array `[]`, which has been seen.",
  ),
  bothCursors: oneOf(
    ['refuse', 'after-wins'],
    'Both `before` and `after` on a list with cursors: 422, or `after` counts.',
  ),
  timeNeedsScope: oneOf([false, true], 'Whether `GET /v2/time` needs the scope Information & Settings.'),
  isDeletedFilter: oneOf(
    ['known', 'unknown'],
    'Whether `GET /v2/orders` knows `is_deleted`; the document of April 2026 does not name it any more.',
  ),
  orderFees: oneOf(
    ['array', 'object', 'single'],
    '`GET /v2/orders/{id}/fees`: an array as its siblings, `{fees:[…]}` as the example of the document, or one fee as its schema.',
  ),
  unstatedBatch: oneOf(
    ['any', 'ten'],
    'Arrays of endpoints whose maximum is not stated: of any length, or 413 above 10 records.',
  ),
  secondDelete: oneOf([204, 404], 'Deleting a v3 record that is not there.'),
  inventoryDelayMs: oneOf(
    [0, 200, 2000],
    'How long inventory writes take to be seen; the service only says that they are asynchronous.',
  ),
  priceRecordBatch: oneOf(
    ['saves-good', 'saves-none'],
    'Whether the good records of an array of price records or variants are saved when others are refused.',
  ),
  productBatch: oneOf(
    ['whole', 'multi-status'],
    '`PUT /v3/catalog/products` with a record that is refused: nothing is written, or 207 with the others.',
  ),
  refusedRequestsCount: oneOf(
    [false, true],
    'Whether a request that is refused for its route, token or scope consumes quota.',
  ),
  retryAfter: oneOf(
    [false, true],
    'Whether a 429 of the quota says `X-Retry-After`, in seconds, beside the rate headers; last seen in 2023.',
  ),
}

/** The choices of a store. A test that needs another than the default gives it as `SandboxOptions.switches`. */
export type Switches = { readonly [name in keyof typeof switches]: (typeof switches)[name]['byDefault'] }

/** The defaults: the first choice of each. */
export const defaultSwitches = Object.fromEntries(
  Object.entries(switches).map(([name, { byDefault }]) => [name, byDefault]),
) as Switches // fromEntries forgets which value belongs to which name

function oneOf<const Choice extends string | number | boolean>(
  choices: readonly [Choice, ...Choice[]],
  meaning: string,
): Switch<Choice> {
  return { choices, byDefault: choices[0], meaning }
}
