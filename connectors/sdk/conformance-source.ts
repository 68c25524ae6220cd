import { isDeepStrictEqual } from 'node:util'
import type { ReadSample } from './conformance.ts'
import { type Bench, codeOf, messageOf, type Rule, tooLate } from './conformance-bench.ts'
import type { DataRecord, JsonValue, Page, Position, SourceActivity } from './connector.ts'

/** How soon a read must end after its signal. */
const abortMs = 2_000
/** Reading is resumed from so many positions, from the first on. */
const triedPositions = 3

/** The rules of sources. */
export function sourceRules(sample: ReadSample): readonly Rule[] {
  const subject = sample.activity
  return [
    { rule: 'pages', subject, check: bench => yieldsPages(bench, sample) },
    { rule: 'resume', subject, check: bench => resumes(bench, sample) },
    { rule: 'abort', subject, check: bench => endsBeforeBeginning(bench, sample) },
    { rule: 'abort', subject, check: bench => endsInMidPage(bench, sample) },
    { rule: 'return', subject, check: bench => endsEarly(bench, sample) },
  ]
}

async function yieldsPages(bench: Bench, sample: ReadSample): Promise<void> {
  const pages = await readAll(bench, sample)
  if (pages.length === 0) bench.report('the sample yields no page; give one that yields records')
  for (const [index, { records, position }] of pages.entries()) {
    const where = `page ${index + 1}`
    if (records.some(record => typeof record !== 'object' || record === null || Array.isArray(record)))
      bench.report(`${where} holds a record that is not an object`)
    if (!isDeepStrictEqual(asJson(position), position)) bench.report(`the position of ${where} does not survive JSON`)
  }
}

async function resumes(bench: Bench, sample: ReadSample): Promise<void> {
  const pages = await readAll(bench, sample)
  for (const [index, { position }] of pages.slice(0, triedPositions).entries()) {
    const expected = recordsOf(pages.slice(index + 1))
    const rest = recordsOf(await readAll(bench, sample, asJson(position)))
    if (!isDeepStrictEqual(rest, expected))
      bench.report(
        `resumed after page ${index + 1} it yields other records than those after it: ${differ(rest, expected)}`,
      )
  }
}

function differ(rest: readonly DataRecord[], expected: readonly DataRecord[]): string {
  const at = expected.findIndex((record, index) => !isDeepStrictEqual(record, rest[index]))
  return rest.length === expected.length
    ? `record ${at + 1} differs`
    : `${rest.length} records, expected ${expected.length}`
}

async function endsBeforeBeginning(bench: Bench, sample: ReadSample): Promise<void> {
  const reason = new Error('aborted before the read')
  const pages = await open(bench, sample, { signal: AbortSignal.abort(reason) })
  await expectReason(bench, { pages, reason, allowedPages: 0, allRecords: Number.POSITIVE_INFINITY, seen: 0 })
}

async function endsInMidPage(bench: Bench, sample: ReadSample): Promise<void> {
  const allRecords = recordsOf(await readAll(bench, sample)).length
  const reason = new Error('aborted in the middle of a page')
  const controller = new AbortController()
  const pages = await open(bench, sample, { signal: controller.signal })
  const first = await bench.within(pages.next())
  const onItsWay = pages.next()
  controller.abort(reason)
  const seen = first.done === true ? 0 : first.value.records.length
  // The page on its way may still come, should it have been there already.
  await expectReason(bench, { pages: withFirst(onItsWay, pages), reason, allowedPages: 1, allRecords, seen })
}

interface Expectation {
  readonly pages: Pick<AsyncIterator<Page>, 'next'>
  readonly reason: Error
  readonly allowedPages: number
  /** Ending as if all was read is right only after so many records. */
  readonly allRecords: number
  readonly seen: number
}

async function expectReason(bench: Bench, { pages, reason, allowedPages, allRecords, seen }: Expectation) {
  let records = seen
  try {
    for (let count = 0; count <= allowedPages; count += 1) {
      const { done, value } = await bench.within(pages.next(), abortMs)
      if (done === true) {
        if (records < allRecords) bench.report('an aborted read ends as if all had been read')
        return
      }
      records += (value as Page).records.length // not done, so a page
    }
    bench.report('goes on reading after its signal aborted')
  } catch (thrown) {
    if (codeOf(thrown) === tooLate) bench.report(`has not ended ${abortMs} ms after its signal`)
    else if (thrown !== reason)
      bench.report(`ends with another error than the reason of the signal: ${messageOf(thrown)}`)
  }
}

function withFirst(first: Promise<IteratorResult<Page>>, rest: AsyncIterator<Page>) {
  let isFirst = true
  return {
    next() {
      if (!isFirst) return rest.next()
      isFirst = false
      return first
    },
  }
}

async function endsEarly(bench: Bench, sample: ReadSample): Promise<void> {
  const pages = await open(bench, sample)
  await bench.within(pages.next())
  await bench.within(Promise.resolve(pages.return?.()), abortMs)
  const { done } = await bench.within(pages.next(), abortMs)
  if (done !== true) bench.report('yields pages after return()')
}

async function open(
  bench: Bench,
  { activity, options }: ReadSample,
  { signal, resumeFrom }: { readonly signal?: AbortSignal; readonly resumeFrom?: Position } = {},
): Promise<AsyncIterator<Page>> {
  const source = bench.connector.activities[activity] as SourceActivity // its role was checked with the shape
  const context = bench.context(signal === undefined ? {} : { signal })
  return source.read(await bench.connect(), options, resumeFrom, context)[Symbol.asyncIterator]()
}

async function readAll(bench: Bench, sample: ReadSample, resumeFrom?: Position): Promise<readonly Page[]> {
  const pages: Page[] = []
  const iterator = await open(bench, sample, resumeFrom === undefined ? {} : { resumeFrom })
  for (;;) {
    const { done, value } = await bench.within(iterator.next())
    if (done === true) return pages
    pages.push(value as Page) // not done, so a page
  }
}

function recordsOf(pages: readonly Page[]): readonly DataRecord[] {
  return pages.flatMap(({ records }) => records)
}

/** As the host stores it. */
function asJson(position: Position): JsonValue {
  return JSON.parse(JSON.stringify(position ?? null)) as JsonValue // JSON made right here
}
