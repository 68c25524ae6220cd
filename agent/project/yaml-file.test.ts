import { describe, expect, test } from '@jest/globals'
import { parseYamlFile } from './yaml-file.ts'

describe('parseYamlFile', () => {
  const file = parseYamlFile('operations/x.yaml', 'source:\n  activity: Query\n  options:\n    - limit: 1\n')

  test.each([
    [['source', 'activity'], 2],
    [['source', 'options', 0, 'limit'], 4],
    [['source', 'connection'], 2],
    [['target', 'activity'], 1],
  ])('names the line of %j, or of the nearest value above it', (path, line) => {
    expect(file.locate(path)).toBe(`operations/x.yaml:${line}`)
  })

  test('names the line where the syntax breaks', () => {
    expect(() => parseYamlFile('variables.yaml', 'a: 1\nb: [\n')).toThrow(/^variables\.yaml:\d: /)
  })

  test('refuses a key that stands twice', () => {
    expect(() => parseYamlFile('variables.yaml', 'a: 1\na: 2\n')).toThrow('variables.yaml:2: ')
  })

  test.each(['*planted', '|planted', '>planted', '"x"}planted', '[x] planted'])(
    'does not repeat the value when somebody forgot the quotes of %j',
    value => {
      const parse = () => parseYamlFile('connections/shop.yaml', `settings:\n  accessToken: ${value}\n`)

      expect(parse).toThrow('connections/shop.yaml:2: ')
      expect(parse).not.toThrow(/planted/)
    },
  )

  test('refuses aliases that multiply', () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level}, `.repeat(9)}]`,
    )
    const bomb = `l0: &l0 [x]\n${levels.join('\n')}\n`

    expect(() => parseYamlFile('variables.yaml', bomb)).toThrow(/^variables\.yaml: .*alias/i)
  })
})
