import { describe, expect, test } from '@jest/globals'
import { sampleText } from './sample-text.ts'

describe('sampleText', () => {
  test('says that there are none', () => {
    expect(sampleText([])).toBe('no records\n')
  })

  test('shows what tells records apart before what is nested or empty', () => {
    expect(sampleText([{ parts: [1, 2], note: '', id: 1, name: 'a  b\nc', gone: null }])).toBe(
      'id  name   parts  note  gone\n1   a b c  [1,2]\n1 record\n',
    )
  })

  test('cuts long values and columns', () => {
    const wide = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`f${index}`, 'x'.repeat(40)]))

    const [heading = '', row = '', foot] = sampleText([wide]).split('\n')

    expect(heading.split(/ +/)).toHaveLength(8)
    expect(row.split(/ +/)[0]).toBe(`${'x'.repeat(31)}…`)
    expect(foot).toBe('1 record; 2 more fields: --json shows all, --fields chooses')
  })
})
