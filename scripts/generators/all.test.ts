import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { configFileSchema } from '../../agent/config/file-schema.ts'
import { loadConfig } from '../../agent/config/load.ts'
import { configKeys } from '../../agent/config/schema.ts'
import { findStale, generators } from './all.ts'
import { agentYaml, between, row } from './configuration.ts'
import { operationJobSchema } from './schemas.ts'

const root = join(import.meta.dirname, '..', '..', '..')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'generated-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('findStale', () => {
  test('finds every generated file of the repository up to date', () => {
    expect(findStale(root).map(({ path }) => path)).toEqual([])
  })

  test('names the one file that was changed by hand, with what it should hold', () => {
    for (const { path } of generators) copy(path)
    copy('biome.json')
    copy('.gitignore')
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    const schema = 'config/schemas/connection.schema.json'
    writeFileSync(join(folder, schema), '{}')

    expect(findStale(folder)).toEqual([{ path: schema, text: readFileSync(join(root, schema), 'utf8') }])
  })

  function copy(path: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), readFileSync(join(root, path)))
  }
})

describe('agentYaml', () => {
  const uncommented = agentYaml()
    .replace(/^#( {2}\w+: .*|\w+:.*)$/gm, '$1')
    .replace(/^.*: …$/gm, '')

  test('has the defaults, so that taking away the # changes nothing', () => {
    mkdirSync(join(folder, 'config'))
    writeFileSync(join(folder, 'config', 'agent.yaml'), uncommented)

    expect(loadConfig({ env: {}, set: [], home: folder }).config).toEqual(
      loadConfig({ env: {}, set: [], home: folder, configFile: emptyFile() }).config,
    )
  })

  test('names every key', () => {
    const named = agentYaml().match(/^#(?: {2})?\w+:.*$/gm) ?? []
    const groups = new Set(configKeys.filter(({ path }) => path.length > 1).map(({ path }) => path[0]))

    expect(named).toHaveLength(configKeys.length + groups.size)
  })

  test('fits the schema that editors check it with, in part and as a whole', () => {
    const check = new Ajv({ strict: false }).compile(configFileSchema())

    expect([
      check(parse(uncommented)),
      check({ redis: null, api: { port: 1 } }),
      check({ redis: { ulr: 'x' } }),
    ]).toEqual([true, true, false])
  })

  function emptyFile(): string {
    const file = join(folder, 'empty.yaml')
    writeFileSync(file, '')
    return file
  }
})

describe('configFileSchema', () => {
  test('says nothing of the machine it was made on', () => {
    const { properties } = configFileSchema() as { properties: { [name: string]: { properties?: object } } }

    expect(properties['runners']).not.toHaveProperty('default')
    expect(properties['agent']?.properties).not.toHaveProperty('name.default')
    expect(properties['agent']?.properties).toHaveProperty('group.default', 'default')
  })
})

describe('operationJobSchema', () => {
  test('tells a control plane which queue, prefix and job name to use', () => {
    const { $id, title, description } = JSON.parse(operationJobSchema())

    expect({ $id, title }).toEqual({ $id: 'urn:commerce-agent:schema:operation-job', title: 'operation job' })
    expect(description).toMatch(/queue `operations\.<group>`.*prefix .*`agent`.*job name `operation`/)
  })
})

describe('between', () => {
  test('refuses a page whose markers are gone', () => {
    expect(() => between('# Page\n', 'keys', [])).toThrow('<!-- keys: begin (generated) -->')
  })
})

describe('row', () => {
  test('keeps a bar inside its cell', () => {
    expect(row(['a|b', 'c'])).toBe('| a\\|b | c |')
  })
})
