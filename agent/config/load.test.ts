import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { loadConfig } from './load.ts'
import { showConfig } from './show.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'config-'))
  mkdirSync(join(home, 'config'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

function file(text: string): void {
  writeFileSync(join(home, 'config', 'agent.yaml'), text)
}

function load(env: Record<string, string> = {}, set: string[] = []) {
  return loadConfig({ env, set, home })
}

function problemsOf(env: Record<string, string> = {}, set: string[] = []): string {
  try {
    load(env, set)
  } catch (error) {
    return (error as Error).message
  }
  return 'none'
}

describe('loadConfig', () => {
  test('has a default for everything, with paths inside the home', () => {
    const { config } = load()

    expect(config).toMatchObject({ api: { host: '127.0.0.1', port: 8477 }, stop: { graceSeconds: 300 } })
    expect(config.logs.directory).toBe(join(home, 'var', 'logs'))
    expect(config.secrets.keyFile).toBe(join(home, 'var', 'secret.key'))
  })

  test('prefers flags to the environment, the environment to the file, the file to defaults', () => {
    file('runsPerRunner: 3\nredis:\n  prefix: from-file\napi: { port: 1111 }\n')

    const { config, origins } = load({ AGENT_REDIS_PREFIX: 'from-env', AGENT_API_PORT: '2222' }, ['api.port=3333'])

    expect(config).toMatchObject({ runsPerRunner: 3, redis: { prefix: 'from-env' }, api: { port: 3333 } })
    expect(origins.get('runsPerRunner')).toBe(`${join(home, 'config', 'agent.yaml')}:1`)
    expect(origins.get('redis.prefix')).toBe('environment AGENT_REDIS_PREFIX')
    expect(origins.get('api.port')).toBe('flag --set api.port')
  })

  test('reads a secret from the file that a variable names', () => {
    writeFileSync(join(home, 'url'), 'redis://:hunter2@db:6379\n')

    expect(load({ AGENT_REDIS_URL_FILE: join(home, 'url') }).config.redis.url).toBe('redis://:hunter2@db:6379')
  })

  test('keeps paths under dataDir wherever that is', () => {
    expect(load({}, ['dataDir=/srv/agent']).config.api.tokenFile).toBe('/srv/agent/api-token')
  })

  test('names line and nearest key of a key it does not know', () => {
    file('redis:\n  ulr: redis://x\n')

    expect(problemsOf()).toContain('agent.yaml:2: redis.ulr is not a known key, did you mean "redis.url"?')
  })

  test('tells all problems at once', () => {
    file('api:\n  port: many\nrunners: -1\n')

    const problems = problemsOf({ AGENT_REDIS_PREFX: 'x' }, ['stop.graceSecond=1'])

    expect(problems).toContain('agent.yaml:2: api.port must be an integer')
    expect(problems).toContain('agent.yaml:3: runners must be >= 0')
    expect(problems).toContain('AGENT_REDIS_PREFX is not a known variable, did you mean "AGENT_REDIS_PREFIX"?')
    expect(problems).toContain('flag --set: stop.graceSecond is not a known key, did you mean "stop.graceSeconds"?')
  })

  test.each(['redis: [', 'just a text', 'redis: 5'])('refuses the file %j and names the line', text => {
    file(text)

    expect(problemsOf()).toMatch(/agent\.yaml:1: /)
  })

  test.each([
    'redis://:planted/secret@db:6379',
    'redis://:planted%zzsecret@db:6379',
    'redis://:planted%ffsecret@db:6379',
    'redis://:planted-secret@db:99999',
    'redis://',
  ])('refuses %s as the URL of Redis, and does not repeat it', url => {
    expect(problemsOf({ AGENT_REDIS_URL: url })).toContain(
      'environment AGENT_REDIS_URL: redis.url is not valid: URL of',
    )
    expect(problemsOf({ AGENT_REDIS_URL: url })).not.toContain('planted')
  })

  test('takes a password of Redis whose special characters are percent-encoded', () => {
    const url = 'rediss://user:p%2Fa%25s@[::1]:6380/2'

    expect(load({ AGENT_REDIS_URL: url }).config.redis.url).toBe(url)
  })

  test('never repeats the value of a secret', () => {
    file('redis:\n  url: http://:planted-secret@x\nsecrets:\n  key: planted-secret\n')

    expect(problemsOf()).not.toContain('planted-secret')
  })

  test.each(['*planted-secret', '|planted-secret', '"x" planted-secret', '"x"}planted-secret'])(
    'never repeats the value of a secret that lacks its quotes: %s',
    value => {
      file(`redis:\n  url: ${value}\n`)

      expect(problemsOf()).toContain('agent.yaml:2: ')
      expect(problemsOf()).not.toContain('planted-secret')
    },
  )

  test('never repeats a secret given to --set without its =', () => {
    expect(problemsOf({}, ['api.token:planted-secret'])).toContain('flag --set: must be key=value')
    expect(problemsOf({}, ['api.token:planted-secret'])).not.toContain('planted-secret')
  })

  test('takes no offence at the variables of a Kubernetes service named agent', () => {
    expect(load({ AGENT_SERVICE_HOST: '10.0.0.1', AGENT_PORT_8477_TCP: 'tcp://10.0.0.1' }).config.runsPerRunner).toBe(2)
  })

  test('does not accept a named file that is missing', () => {
    expect(() => loadConfig({ env: {}, set: [], home, configFile: join(home, 'none.yaml') })).toThrow(/none\.yaml/)
  })
})

describe('showConfig', () => {
  test('masks secrets and tells where each value came from', () => {
    file('redis:\n  url: redis://:planted-secret@db:6379\n')

    const shown = showConfig(load({ AGENT_API_TOKEN: 'planted-secret-token' }))

    expect(JSON.stringify(shown)).not.toContain('planted-secret')
    expect(shown).toContainEqual({
      key: 'redis.url',
      value: '********',
      origin: `${join(home, 'config', 'agent.yaml')}:2`,
    })
    expect(shown).toContainEqual({ key: 'runsPerRunner', value: 2, origin: 'default' })
  })
})

describe('policy.yaml', () => {
  function policyFile(text: string): void {
    writeFileSync(join(home, 'config', 'policy.yaml'), text)
  }

  test('wins over agent.yaml, and a flag wins over it', () => {
    file('policy:\n  disableAutoConnectorUpdate: false\n')
    policyFile('# of the organization\ndisableAutoConnectorUpdate: true\n')

    const { config, origins } = load()

    expect(config.policy.disableAutoConnectorUpdate).toBe(true)
    expect(origins.get('policy.disableAutoConnectorUpdate')).toContain('policy.yaml:2')
    expect(load({}, ['policy.disableAutoConnectorUpdate=false']).config.policy.disableAutoConnectorUpdate).toBe(false)
  })

  test.each([
    ['disableAutoUpdate: true', 'policy.yaml:1: policy.disableAutoUpdate is not a known key'],
    ['disableAutoConnectorUpdate: perhaps', 'policy.yaml:1: policy.disableAutoConnectorUpdate must be a boolean'],
    ['- true', 'policy.yaml:1: policy must be a mapping'],
    ['', 'none'],
  ])('refuses %j', (text, problem) => {
    policyFile(`${text}\n`)

    expect(problemsOf()).toContain(problem)
  })
})
