import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { AgentError } from '../errors.ts'
import { type ConnectorSchemas, validateProject } from './validate.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'project-'))
  write('connections/shop.yaml', 'connector: shop\nsettings:\n  hash: "[hash]"\n  token: {env: TOKEN}\n')
  write('operations/Copy.yaml', operation())
  write('variables.yaml', 'hash: abc\n')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

function write(path: string, text: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true })
  writeFileSync(join(directory, path), text)
}

function operation({ source = 'shop', activity = 'Read', options = '{limit: 5}', where = 'a = 1' } = {}): string {
  return [
    `source: {connection: ${source}, activity: Query}`,
    `transformation: {where: '${where}'}`,
    'target:',
    '  connection: shop',
    `  activity: ${activity === 'Read' ? 'Write' : activity}`,
    `  options: ${options}`,
    '',
  ].join('\n')
}

const strict = { type: 'object', additionalProperties: false } as const
const shop: ConnectorSchemas = {
  settings: {
    ...strict,
    required: ['hash', 'token'],
    properties: { hash: { type: 'string', minLength: 2 }, token: { type: 'string', 'x-secret': true } },
  },
  activities: {
    Query: { role: 'source', options: strict },
    Write: { role: 'target', options: { ...strict, properties: { limit: { type: 'integer' } } } },
  },
}

async function problems(): Promise<readonly string[]> {
  const found = await validateProject(directory, async connector => {
    if (connector === 'shop') return shop
    throw new AgentError('CONNECTOR_NOT_FOUND', `no release of connector ${connector} is installed`)
  })
  return found.map(({ severity, code, message }) => `${severity} ${code} ${message}`)
}

describe('validateProject', () => {
  test('finds nothing wrong with a project that is right', async () => {
    expect(await problems()).toEqual([])
  })

  test('finds nothing wrong with an empty folder', async () => {
    rmSync(directory, { recursive: true })

    expect(await problems()).toEqual([])
  })

  test('goes on after a file that cannot be parsed', async () => {
    write('connections/broken.yaml', 'connector: [\n')
    write('operations/Other.yaml', 'sorce: {}\n')

    const found = await problems()

    expect(found).toContainEqual(expect.stringMatching(/^error PROJECT_INVALID connections\/broken\.yaml:\d: /))
    expect(found).toContainEqual(expect.stringContaining('operations/Other.yaml:1: sorce is not a known key'))
  })

  test.each([
    [
      { source: 'shpo' },
      'error CONNECTION_NOT_FOUND operations/Copy.yaml:1: the project has no connection "shpo", did',
    ],
    [
      { activity: 'Query' },
      'error ACTIVITY_UNKNOWN operations/Copy.yaml:5: connector shop has no target activity "Query"',
    ],
    [
      { options: '{limt: 5}' },
      'error PROJECT_INVALID operations/Copy.yaml:6: option limt is not a known key, did you mean',
    ],
    [{ options: '{limit: x}' }, 'error PROJECT_INVALID operations/Copy.yaml:6: option limit must be an integer'],
    [
      { options: '{limit: "[limit]"}' },
      'warning VARIABLE_UNDEFINED operations/Copy.yaml:6: variable "limit" has no value',
    ],
    [{ where: 'a = (' }, 'error TRANSFORMATION_INVALID operations/Copy.yaml:2: '],
  ])('tells of %j where it stands', async (change, problem) => {
    write('operations/Copy.yaml', operation(change))

    expect(await problems()).toEqual([expect.stringContaining(problem)])
  })

  test('tells of a setting that is missing or too short', async () => {
    write('connections/shop.yaml', 'connector: shop\nsettings: {hash: x}\n')

    expect(await problems()).toEqual([
      expect.stringContaining('connections/shop.yaml:2: setting token is missing'),
      expect.stringContaining('connections/shop.yaml:2: setting hash must NOT have fewer than 2 characters'),
    ])
  })

  test('tells of a misspelled setting whose value is filled in later, and the nearest', async () => {
    write('connections/shop.yaml', 'connector: shop\nsettings:\n  hsh: "[hash]"\n  tokn: {env: TOKEN}\n')

    expect(await problems()).toEqual(
      expect.arrayContaining([
        'error PROJECT_INVALID connections/shop.yaml:3: setting hsh is not a known key, did you mean "hash"?',
        'error PROJECT_INVALID connections/shop.yaml:4: setting tokn is not a known key, did you mean "token"?',
      ]),
    )
  })

  test('tells of names that differ only by case', async () => {
    write('operations/copy.yaml', operation())

    expect(await problems()).toEqual([
      expect.stringMatching(/^warning .*operations\/Copy\.yaml: another name differs only by case/),
      expect.stringMatching(/^warning .*operations\/copy\.yaml: another name differs only by case/),
    ])
  })

  test('tells once of a connector that is not installed, with the line that asks for it', async () => {
    write('connections/other.yaml', 'connector: other\nsettings: {region: eu}\n')

    expect(await problems()).toEqual([expect.stringMatching(/CONNECTOR_NOT_FOUND connections\/other\.yaml:1: .*other/)])
  })

  test.each([
    ['2020-01-01T00:00:00Z', []],
    [
      '2099-01-01T00:00:00+01:00',
      [expect.stringMatching(/^warning PROJECT_INVALID .*Copy.yaml:7: lies more than 14 days/)],
    ],
    [
      'tomorrow',
      [
        expect.stringMatching(
          /^error PROJECT_INVALID .*Copy.yaml:7: debug.until is not valid: until when .* at most 14 days ahead/,
        ),
      ],
    ],
  ])('says of debug logging until %s what is wrong', async (until, found) => {
    write('operations/Copy.yaml', `${operation()}debug: { until: "${until}" }\n`)

    expect(await problems()).toEqual(found)
  })

  test('warns of a secret in clear text without repeating it', async () => {
    write('connections/shop.yaml', 'connector: shop\nsettings:\n  hash: abc\n  token: planted-secret\n')

    const found = await problems()

    expect(found).toEqual([
      expect.stringContaining('connections/shop.yaml:4: the secret token stands here in clear text'),
    ])
    expect(found.join()).not.toContain('planted-secret')
  })

  test.each(['accessToken', 'password', 'clientSecret', 'api_key'])(
    'warns of the setting %s in clear text even when the connector is not installed',
    async name => {
      write('connections/other.yaml', `connector: other\nsettings:\n  region: eu\n  ${name}: planted-secret\n`)

      const found = await problems()

      expect(found).toContainEqual(expect.stringContaining(`warning SECRET_UNAVAILABLE connections/other.yaml:4: `))
      expect(found.join()).not.toContain('planted-secret')
    },
  )
})
