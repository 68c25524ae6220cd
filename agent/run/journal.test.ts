import { describe, expect, test } from '@jest/globals'
import { AgentError } from '../errors.ts'
import { createJournal, type JournalEntry, type JournalParts } from './journal.ts'

const [a, b] = ['a', 'b'].map((id, index) => ({ number: index + 1, record: { id } }))
const batch = [a, b].flatMap(each => each ?? [])
const written = { status: 'written' } as const

function open(changes: Partial<JournalParts> = {}) {
  const noted: JournalEntry[][] = []
  const journal = createJournal({
    fence: 1,
    entries: [],
    note: async entries => void noted.push([...entries]),
    onAway: () => undefined,
    signal: new AbortController().signal,
    ...changes,
  })
  return { journal, noted }
}

/** What another attempt finds of what this one noted. */
function lastOf(noted: readonly (readonly JournalEntry[])[]): readonly JournalEntry[] {
  return [...new Map(noted.flat().map(entry => [entry.key, entry])).values()]
}

describe('a journal', () => {
  test('holds what must not be sent twice before it is sent, and what became of it', async () => {
    const { journal, noted } = open()
    const writing = journal.forBatch(batch)

    await writing.sending([0, 1], { isRepeatable: false })
    writing.settled(1, written)
    await new Promise(setImmediate)

    expect(lastOf(noted)).toMatchObject([
      { key: '1-1', tag: 'sent', record: { id: 'a' } },
      { key: '1-2', tag: 'settled', outcome: written },
    ])
  })

  test('only makes sure of the hold for what may be sent twice', async () => {
    const { journal, noted } = open()
    const writing = journal.forBatch(batch)

    await writing.sending([0], { isRepeatable: true })
    writing.settled(0, written)
    await new Promise(setImmediate)

    expect(noted).toEqual([[]])
    expect(journal.beyond(0)).toMatchObject([{ tag: 'settled' }])
  })

  test('has what was refused for a while sent again, as the same entry', async () => {
    const first = open()
    const writing = first.journal.forBatch(batch)
    await writing.sending([0, 1], { isRepeatable: false })
    const refusal = { status: 'rejected', code: 'STORE_UNAVAILABLE', message: 'no' } as const
    writing.settled(0, { ...refusal, retryable: true })
    writing.settled(1, { ...refusal, retryable: false })
    await new Promise(setImmediate)
    const { journal, noted } = open({ fence: 2, entries: lastOf(first.noted) })

    const again = journal.refused()
    const next = journal.forBatch(again)
    await next.sending([0], { isRepeatable: false })
    next.settled(0, written)
    await new Promise(setImmediate)

    expect(again).toMatchObject([{ key: '1-1', record: { id: 'a' } }])
    expect(lastOf(noted)).toMatchObject([{ key: '1-1', tag: 'settled', outcome: written }])
    expect([a, b].map(each => each && journal.recall(each)?.status)).toEqual(['written', 'rejected'])
  })

  test('lets nothing be sent once the run has to stop', async () => {
    const stop = new AbortController()
    const { journal, noted } = open({ signal: stop.signal })
    stop.abort(new AgentError('RUN_CANCELED', 'stop'))

    await expect(journal.forBatch(batch).sending([0], { isRepeatable: true })).rejects.toThrow('stop')

    expect(noted).toEqual([])
  })

  test('refuses a target that names records it was not given', async () => {
    const sending = open().journal.forBatch(batch).sending([2], { isRepeatable: false })

    await expect(sending).rejects.toMatchObject({ code: 'CONNECTOR_INVALID' })
  })

  test('tells of a record of an earlier attempt once, wherever the source yields it', async () => {
    const first = open()
    await first.journal.forBatch(batch).sending([0, 1], { isRepeatable: false })
    const { journal } = open({ fence: 2, entries: lastOf(first.noted) })

    const told = [7, 8].map(number => journal.recall({ number, record: { id: 'b' } })?.status)

    expect(told).toEqual(['unknown', undefined])
    expect(journal.takeLeftOver(8)).toMatchObject([{ key: '1-1', record: { id: 'a' } }])
  })

  test('tells two records alike apart by their number', async () => {
    const twins = [1, 2].map(number => ({ number, record: { id: 'twin' } }))
    const first = open()
    const writing = first.journal.forBatch(twins)
    await writing.sending([0, 1], { isRepeatable: false })
    writing.settled(1, written)
    await new Promise(setImmediate)
    const { journal } = open({ fence: 2, entries: lastOf(first.noted) })

    expect(twins.toReversed().map(each => journal.recall(each)?.status)).toEqual(['written', 'unknown'])
  })

  test('does not note an outcome after the checkpoint that covers it', async () => {
    const { journal, noted } = open()
    const writing = journal.forBatch(batch)
    await writing.sending([0], { isRepeatable: false })

    writing.settled(0, written)
    const covered = journal.coveredBy(1)
    await new Promise(setImmediate)
    journal.forget(1)

    expect(covered).toEqual(['1-1'])
    expect(noted).toHaveLength(1)
    expect(journal.beyond(0)).toEqual([])
  })
})
