import { type Reaction, type Row, reactionTable } from '../../connectors/bigcommerce/reactions.ts'
import { usualManner } from '../../connectors/bigcommerce/write/looks.ts'
import { recognitionOf, recognizedObjects } from '../../connectors/bigcommerce/write/recognition.ts'
import { between, code, row } from './configuration.ts'

/** `docs/bigcommerce-retries.md`: what is done about each failure, and how records in doubt are known again. */
export function retriesPage(page: string): string {
  const tables: readonly (readonly [name: string, lines: readonly string[]])[] = [
    ['reactions', reactionLines()],
    ['looks', lookLines()],
    ['recognition', recognitionLines()],
  ]
  return tables.reduce((text, [name, lines]) => between(text, name, lines), page)
}

function reactionLines(): readonly string[] {
  return [
    '| sign | what happens | a read | a change that may be repeated | a change that may not | code |',
    '| --- | --- | --- | --- | --- | --- |',
    ...reactionTable.map(({ sign, happens, read, write }) =>
      row([code(sign), happens, actOf(read), repeatableAct(write), onceAct(write), codesOf(read, write)]),
    ),
  ]
}

function actOf({ act }: Reaction): string {
  switch (act) {
    case 'fail':
      return 'fails'
    case 'wait':
      return 'waits, then again'
    case 'retry':
    case 'doubt':
      return 'again'
    default:
      return act satisfies never
  }
}

function repeatableAct(write: Row['write']): string {
  return write === 'answer' ? 'record rejected' : actOf(write)
}

function onceAct(write: Row['write']): string {
  if (write === 'answer') return 'record rejected'
  if (write.act !== 'doubt') return actOf(write)
  return write.isLate === true ? 'read back, for long' : 'read back'
}

function codesOf(read: Reaction, write: Row['write']): string {
  const codes = new Set([read.code, ...(write === 'answer' ? [] : [write.code])])
  return [...codes].map(code).join(', ')
}

function lookLines(): readonly string[] {
  const seconds = (looks: readonly number[]) => looks.map(each => `${each / 1_000}`).join(', ')
  const { looksMs, sendings } = usualManner
  return [
    `- read back: looks after ${seconds(looksMs.cut)} seconds`,
    `- read back, for long: looks after ${seconds(looksMs.late)} seconds`,
    `- a record that is absent each time is sent ${sendings} times in all`,
  ]
}

const uniqueness = {
  store: 'the store keeps it unique',
  owner: 'a number of the owner',
  nobody: 'several may be called so',
} as const

function recognitionLines(): readonly string[] {
  return [
    '| object | known by | tells when it was made |',
    '| --- | --- | --- |',
    ...recognizedObjects.map(object => {
      const { names = [], created } = recognitionOf(object) ?? {}
      const texts = names.map(({ fields, uniqueBy }) => {
        const named = fields.length === 0 ? 'what is new in the list' : fields.map(code).join(' + ')
        return `${named}: ${uniqueness[uniqueBy]}`
      })
      return row([code(object), texts.join('; else '), created === undefined ? '–' : code(created)])
    }),
  ]
}
