import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openProject } from './project.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'project-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

function write(path: string, text: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true })
  writeFileSync(join(directory, path), text)
}

describe('openProject', () => {
  test('lists what is there by name, sorted, and takes a missing folder for an empty one', async () => {
    write('connections/b.yaml', '')
    write('connections/a b.yaml', '')
    write('connections/notes.txt', '')

    const project = openProject(directory)

    expect([await project.connections(), await project.operations()]).toEqual([['a b', 'b'], []])
  })

  test('reads a connection with the file it stands in', async () => {
    write('connections/shop.yaml', 'connector: bigcommerce\nsettings:\n  storeHash: abc\n')

    const { value, file } = await openProject(directory).connection('shop')

    expect(value).toEqual({ connector: 'bigcommerce', settings: { storeHash: 'abc' } })
    expect(file.locate(['settings', 'storeHash'])).toBe('connections/shop.yaml:3')
  })

  test('takes a changed file from the next look on', async () => {
    const project = openProject(directory)
    write('variables.yaml', 'a: 1\n')
    const before = await project.variables()
    write('variables.yaml', 'a: 2\n')

    expect([before, await project.variables()]).toEqual([{ a: 1 }, { a: 2 }])
  })

  test.each([undefined, '', '# nothing\n'])('has no variables in %j', async text => {
    if (text !== undefined) write('variables.yaml', text)

    expect(await openProject(directory).variables()).toEqual({})
  })

  test('names the nearest when there is no such operation', async () => {
    write('operations/Products to CSV.yaml', '')

    await expect(openProject(directory).operation('products to csv')).rejects.toMatchObject({
      code: 'OPERATION_NOT_FOUND',
      message: 'the project has no operation "products to csv", did you mean "Products to CSV"?',
    })
  })

  test.each(['../shop', '/etc/passwd', 'a/b', '..', '', 'x\0'])(
    'does not look outside of its folder for %j',
    async name => {
      write('shop.yaml', 'connector: bigcommerce\n')

      await expect(openProject(directory).connection(name)).rejects.toMatchObject({ code: 'CONNECTION_NOT_FOUND' })
    },
  )

  test('names line and nearest key of every problem of a file', async () => {
    write('connections/shop.yaml', 'conector: bigcommerce\nsettings: 5\n')

    await expect(openProject(directory).connection('shop')).rejects.toMatchObject({
      code: 'PROJECT_INVALID',
      message: expect.stringMatching(
        /connections\/shop\.yaml:1: conector is not a known key, did you mean "connector"\?.*shop\.yaml:2: settings must be/,
      ),
    })
  })

  test.each(['1st: x', 'a: [1]', 'a: {b: 1}', '- a'])('refuses the variables %j', async text => {
    write('variables.yaml', text)

    await expect(openProject(directory).variables()).rejects.toMatchObject({
      code: 'PROJECT_INVALID',
      message: expect.stringContaining('variables.yaml:1: '),
    })
  })
})
