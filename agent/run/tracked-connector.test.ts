import { describe, expect, test } from '@jest/globals'
import type { Connection, Connector, ReadContext, WriteContext } from '../../connectors/sdk/connector.ts'
import type { ConnectorLoader } from '../registry/loader.ts'
import { compileJsonSchemasOnce } from '../schema.ts'
import { trackedLoader } from './tracked-connector.ts'
import { createWorkTracker, type Work } from './work.ts'

const later = () => new Promise(resolve => setTimeout(resolve, 1))
/** The connector looks at nothing of it. */
const nothing = {} as Connection & ReadContext & WriteContext

function open() {
  const tracker = createWorkTracker()
  const seen: (Work | undefined)[] = []
  const look = async () => {
    await later()
    seen.push(tracker.current())
  }
  class Puppet {
    readonly name = 'puppet'
    readonly version = '1.2.3'
    readonly settings = { type: 'object' }
    readonly activities: Connector['activities'] = {
      Read: {
        role: 'source',
        options: { title: 'options of Read' },
        async *read() {
          try {
            await look()
            yield { records: [{ id: 1 }], position: 1 }
          } finally {
            await look()
          }
        },
      },
      Write: {
        role: 'target',
        options: {},
        batchSize: () => 7,
        write: async () => {
          await look()
          return []
        },
      },
    }
    async connect(): Promise<Connection> {
      await look()
      return nothing
    }
  }
  const loader: ConnectorLoader = {
    installed: async () => [],
    verify: () => Promise.reject(new Error('not asked for')),
    async load() {
      await look()
      return {
        connector: new Puppet(),
        release: { name: 'puppet', version: '1.2.3', directory: '/nowhere', hash: '0123456789ab' },
        signature: { tag: 'unsigned' },
        checkOf: compileJsonSchemasOnce(),
      }
    },
  }
  return { tracker, seen, loader: trackedLoader(loader, tracker) }
}

describe('trackedLoader', () => {
  test('knows whose work is being done, on which run', async () => {
    const { tracker, seen, loader } = open()

    await tracker.within({ runId: 'r' }, async () => {
      const { connector } = await loader.load('puppet')
      const { Read, Write } = connector.activities
      await connector.connect({}, nothing)
      if (Read?.role === 'source') for await (const _ of Read.read(nothing, {}, undefined, nothing)) break
      if (Write?.role === 'target') await Write.write(nothing, [], {}, nothing)
    })

    const puppet = { runId: 'r', connector: 'puppet', version: '1.2.3' }
    expect(seen).toEqual([
      { runId: 'r', connector: 'puppet', activity: 'load' },
      { ...puppet, activity: 'connect' },
      { ...puppet, activity: 'Read' },
      { ...puppet, activity: 'Read' },
      { ...puppet, activity: 'Write' },
    ])
    expect(tracker.current()).toBeUndefined()
  })

  test('leaves a connector as it is otherwise, and adds no method that it has not', async () => {
    const { loader } = open()

    const { connector } = await loader.load('puppet')

    const { Read, Write } = connector.activities
    expect([connector.name, connector.settings, Read?.options]).toEqual([
      'puppet',
      { type: 'object' },
      { title: 'options of Read' },
    ])
    expect(Write).toMatchObject({ batchSize: expect.any(Function) })
    expect(Write).not.toHaveProperty('settle')
    expect(Write).not.toHaveProperty('finish')
  })
})
