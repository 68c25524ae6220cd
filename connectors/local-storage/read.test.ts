import { execFileSync } from 'node:child_process'
import { appendFile, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { DataRecord, Page, Position, ReadContext } from '../sdk/connector.ts'
import { quietContext } from '../sdk/quiet-context.ts'
import localStorage from './index.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'files-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

function contextWith(signal = new AbortController().signal): ReadContext {
  return quietContext({ signal })
}

async function pagesOf(options: object, from?: Position, signal?: AbortSignal): Promise<readonly Page[]> {
  const connection = await localStorage.connect({ directory }, contextWith())
  const activity = localStorage.activities['Read']
  if (activity?.role !== 'source') throw new Error('Read is no source')
  const pages: Page[] = []
  try {
    for await (const page of activity.read(connection, options, from, contextWith(signal))) pages.push(page)
    return pages
  } finally {
    await connection.close()
  }
}

async function recordsOf(options: object, from?: Position): Promise<readonly DataRecord[]> {
  return (await pagesOf(options, from)).flatMap(({ records }) => records)
}

/** The records of a file with these contents. */
async function read(contents: string | Buffer, options: { readonly path: string }): Promise<readonly DataRecord[]> {
  await writeFile(join(directory, options.path), contents)
  return recordsOf(options)
}

describe('Read of CSV', () => {
  test.each([
    [
      'line ends of either kind',
      'a,b\r\n1,2\n3,4\r\n',
      {},
      [
        { a: '1', b: '2' },
        { a: '3', b: '4' },
      ],
    ],
    ['no line end at the end', 'a\n1', {}, [{ a: '1' }]],
    ['a byte order mark', '\ufeffa\n1\n', {}, [{ a: '1' }]],
    ['a byte order mark before a quote', '\ufeff"a"\n1\n', {}, [{ a: '1' }]],
    [
      'quotes, delimiters and line ends in values',
      'a,b\r\n"x ""y"", z","1\r\n2\n3"\r\n',
      {},
      [{ a: 'x "y", z', b: '1\r\n2\n3' }],
    ],
    ['empty lines', 'a\n\n1\n\n', {}, [{ a: '1' }]],
    ['an empty value in quotes', 'a\n""\n', {}, [{ a: '' }]],
    ['spaces as they are', 'a, b\n 1 ,2\n', {}, [{ a: ' 1 ', ' b': '2' }]],
    ['another delimiter', 'a;b\n1,5;2\n', { delimiter: ';' }, [{ a: '1,5', b: '2' }]],
    ['a tab as delimiter', 'a\tb\n1\t2\n', { delimiter: '\t' }, [{ a: '1', b: '2' }]],
    ['a delimiter of several bytes', 'a§b\n1§2\n', { delimiter: '§' }, [{ a: '1', b: '2' }]],
    ['no header', '1,2\n', { header: false }, [{ column1: '1', column2: '2' }]],
    ['no header, named columns', '1,2\n', { header: false, columns: ['x', 'y'] }, [{ x: '1', y: '2' }]],
    ['a field that every object has', '__proto__,a\n1,2\n', {}, [JSON.parse('{"__proto__":"1","a":"2"}')]],
    ['a header only', 'a,b\n', {}, []],
    ['nothing', '', {}, []],
  ])('takes %s', async (_what, contents, csv, expected) => {
    expect(await read(contents, Object.assign({ path: 'a.csv' }, { csv }))).toEqual(expected)
  })

  test.each([
    ['too few values', 'a,b\n1,2\n3\n', {}, 'a.csv, line 3: has 1 values for 2 columns'],
    ['too many values after quoted lines', 'a,b\n"1\n\n",2\n3,4,5\n', {}, 'a.csv, line 5: has 3 values for 2 columns'],
    ['too many values after CRLF', 'a,b\r\n1,2\r\n\r\n3,4,5\r\n', {}, 'a.csv, line 4: has 3 values for 2 columns'],
    ['a column twice', 'a,b,a\n', {}, 'line 1: the header names "a" twice'],
    ['another header', 'a,b\n', { columns: ['b', 'a'] }, 'line 1: the header is not what csv.columns'],
    ['an open quote', 'a\n1\n"2\n3\n', {}, 'line 3: a quote is opened and never closed'],
    [
      'something after a quote',
      'a\n1\n"2"3\n',
      {},
      'line 3: something other than the delimiter follows a closing quote',
    ],
    ['a quote in mid-value', 'a\n1\n2"3\n', {}, 'line 3: a quote stands inside a value'],
  ])('names the line of %s', async (_what, contents, csv, message) => {
    await expect(read(contents, Object.assign({ path: 'a.csv' }, { csv }))).rejects.toMatchObject({
      code: 'FILE_INVALID',
      message: expect.stringContaining(message),
    })
  })

  test('names the line of a byte that is not UTF-8, however far behind', async () => {
    const lines = Array.from({ length: 60_000 }, (_, index) => `${index},näme`).join('\n')
    const contents = Buffer.concat([Buffer.from(`id,name\n${lines}\n1,`), Buffer.from([0xe4]), Buffer.from('x\n')])

    await expect(read(contents, { path: 'a.csv' })).rejects.toMatchObject({
      code: 'FILE_INVALID',
      message: expect.stringMatching(/^a\.csv, line 60002: is not UTF-8/),
    })
  })
})

describe('Read of NDJSON', () => {
  test.each([
    ['either line end, blank lines and none at the end', '{"a":1}\r\n\n  \n{"a":"\\n"}', [{ a: 1 }, { a: '\n' }]],
    ['a byte order mark', '\ufeff{"a":1}\n', [{ a: 1 }]],
    ['nothing', '', []],
  ])('takes %s', async (_what, contents, expected) => {
    expect(await read(contents, { path: 'a.ndjson' })).toEqual(expected)
  })

  test.each([
    ['{"a":1}\n\n{"a":}\n', 'line 3: is not valid JSON'],
    ['{"a":1}\n[1]\n', 'line 2: is not an object with fields'],
    ['{"a":1}\nnull', 'line 2: is not an object with fields'],
    ['{"a":1} {"a":2}\n', 'line 1: is not valid JSON'],
  ])('of %j names the line', async (contents, message) => {
    await expect(read(contents, { path: 'a.ndjson' })).rejects.toMatchObject({
      code: 'FILE_INVALID',
      message: `a.ndjson, ${message}`,
    })
  })

  test('names the line that is not UTF-8', async () => {
    const contents = Buffer.concat([Buffer.from('{"a":1}\n{"a":"'), Buffer.from([0xff]), Buffer.from('"}\n')])

    await expect(read(contents, { path: 'a.ndjson' })).rejects.toMatchObject({
      message: expect.stringContaining('line 2: is not UTF-8'),
    })
  })
})

describe('Read of JSON', () => {
  test.each([
    ['an array', '[{"a":1},{"a":2}]', [{ a: 1 }, { a: 2 }]],
    ['any space', '\ufeff \r\n[\n\t{"a":\n1}\r\n , {"a":2}\n]\n\n', [{ a: 1 }, { a: 2 }]],
    [
      'brackets, quotes and escapes in texts',
      '[{"a":"]}\\"[{\\\\"},{"b":[{"c":[]}]}]',
      [{ a: ']}"[{\\' }, { b: [{ c: [] }] }],
    ],
    ['an empty array', '[]', []],
  ])('takes %s', async (_what, contents, expected) => {
    expect(await read(contents, { path: 'a.json' })).toEqual(expected)
  })

  test.each([
    ['', 'line 1: the file is empty, not a JSON array'],
    ['{"a":1}', 'line 1: the file is not a JSON array'],
    ['[\n{"a":1},\n5]', 'line 3: is not an object with fields'],
    ['[\n{"a":1},\n]', 'line 3: is not an object with fields'],
    ['[\n{"a":1}\n{"a":2}]', 'line 3: a comma or the end of the array is missing'],
    ['[{"a":1},\n{"a":\n}]', 'line 2: is not valid JSON'],
    ['[{"a":1}', 'line 1: the array does not end; the file may be cut off'],
    ['[{"a":1},{"a', 'line 1: the array does not end; the file may be cut off'],
    ['[{"a":1}]\n[]', 'line 2: there is more after the end of the array'],
  ])('of %j names the line', async (contents, message) => {
    await expect(read(contents, { path: 'a.json' })).rejects.toMatchObject({
      code: 'FILE_INVALID',
      message: `a.json, ${message}`,
    })
  })
})

describe('Read', () => {
  const many = Array.from({ length: 2_500 }, (_, id) => ({ id: String(id), text: `zeile "${id}"\r\n✓` }))
  const contentsOf: { readonly [path: string]: string } = {
    'a.csv': `\ufeffid,text\r\n${many.map(({ id, text }) => `${id},"${text.replaceAll('"', '""')}"`).join('\r\n')}\r\n`,
    'a.ndjson': `\ufeff${many.map(record => JSON.stringify(record)).join('\r\n\r\n')}`,
    'a.json': `\ufeff${JSON.stringify(many, undefined, 2)}`,
  }

  test.each(['a.csv', 'a.ndjson', 'a.json'])('of %s goes on from any position with exactly the rest', async path => {
    expect(await read(contentsOf[path] ?? '', { path })).toEqual(many)
    const pages = await pagesOf({ path })

    const rests = await Promise.all(pages.map(({ position }) => recordsOf({ path }, position)))

    expect(pages.map(({ records }) => records.length)).toEqual([1_000, 1_000, 500])
    expect(rests).toEqual([many.slice(1_000), many.slice(2_000), []])
  })

  test.each([
    ['a.csv', 'x,y,z\n', 'line 5002: has 3 values for 2 columns'],
    ['a.ndjson', '\n{"a":}', 'line 5000: is not valid JSON'],
  ])('of %s names the same line after a resume', async (path, more, message) => {
    await writeFile(join(directory, path), (contentsOf[path] ?? '') + more)
    const activity = localStorage.activities['Read']
    if (activity?.role !== 'source') throw new Error('Read is no source')
    const connection = await localStorage.connect({ directory }, contextWith())
    const pages = activity.read(connection, { path }, undefined, contextWith())[Symbol.asyncIterator]()
    const first: Page = (await pages.next()).value
    await pages.return?.()

    const whole = await recordsOf({ path }).catch((error: Error) => error.message)
    const rest = await recordsOf({ path }, first.position).catch((error: Error) => error.message)

    expect([whole, rest]).toEqual([`${path}, ${message}`, `${path}, ${message}`])
  })

  test('refuses to go on in a file that has changed, or from a place that is none', async () => {
    await read('a\n1\n2\n', { path: 'a.csv' })
    const [page] = await pagesOf({ path: 'a.csv' })
    await utimes(join(directory, 'a.csv'), 1, 1)

    await expect(pagesOf({ path: 'a.csv' }, page?.position)).rejects.toMatchObject({ code: 'STATE_LOST' })
    await expect(pagesOf({ path: 'a.csv' }, { page: 7 })).rejects.toMatchObject({ code: 'STATE_LOST' })
  })

  const huge = (sizeMegabytes: number) => 'x'.repeat(sizeMegabytes * 1024 * 1024)

  test.each([
    ['a.csv', `a\n"${huge(17)}"\n`],
    ['a.ndjson', `{"a":"${huge(17)}"}\n`],
    ['a.json', `[{"a":"${huge(17)}"}]`],
  ])(
    'holds no record of %s that is larger than 16 MB',
    async (path, contents) => {
      await expect(read(contents, { path })).rejects.toMatchObject({
        code: 'FILE_INVALID',
        message: expect.stringContaining('longer than 16 MB'),
      })
    },
    60_000,
  )

  test.each([
    ['a.ndjson', `{"a":"${huge(15)}"}\n`],
    ['a.json', `[{"a":"${huge(15)}"}]`],
  ])('takes a record of %s that is nearly as large', async (path, contents) => {
    const [record] = await read(contents, { path })

    expect(record?.['a']).toHaveLength(15 * 1024 * 1024)
  })

  test('ends a page of large records early', async () => {
    const large = { text: 'x'.repeat(1024 * 1024) }
    await read(`${JSON.stringify(large)}\n`.repeat(10), { path: 'a.ndjson' })

    expect((await pagesOf({ path: 'a.ndjson' })).map(({ records }) => records.length)).toEqual([4, 4, 2])
  })

  test('ends with the reason of an abort, opening nothing', async () => {
    const reason = new Error('canceled')

    await expect(pagesOf({ path: 'missing.csv' }, undefined, AbortSignal.abort(reason))).rejects.toBe(reason)
  })

  test.each([
    ['missing.csv', 'FILE_NOT_FOUND'],
    ['missing/a.csv', 'FILE_NOT_FOUND'],
    ['a.csv/b.csv', 'FILE_NOT_FOUND'],
    ['folder.csv', 'FILE_INVALID'],
    ['pipe.csv', 'FILE_INVALID'],
    ['a.txt', 'OPTIONS_INVALID'],
    ['../a.csv', 'FILE_DENIED'],
    ['folder.csv/../../a.csv', 'FILE_DENIED'],
    ['/etc/hostname.csv', 'FILE_DENIED'],
    ['out/a.csv', 'FILE_DENIED'],
    ['link.csv', 'FILE_DENIED'],
    ['a.csv\0', 'FILE_DENIED'],
    ['.', 'FILE_INVALID'],
    ['folder.csv/.', 'FILE_INVALID'],
    [`${'x'.repeat(300)}.csv`, 'OPTIONS_INVALID'],
  ])('of %j ends with %s', async (path, code) => {
    const outside = await mkdtemp(join(tmpdir(), 'outside-'))
    await writeFile(join(outside, 'a.csv'), 'a\n1\n')
    await writeFile(join(directory, 'a.csv'), 'a\n1\n')
    await mkdir(join(directory, 'folder.csv'))
    execFileSync('mkfifo', [join(directory, 'pipe.csv')])
    await symlink(outside, join(directory, 'out'))
    await symlink(join(outside, 'a.csv'), join(directory, 'link.csv'))
    const format = path.includes('txt') ? {} : { format: 'csv' }

    const failure = await pagesOf({ path, ...format }).catch((error: unknown) => error)
    await rm(outside, { recursive: true })

    expect(failure).toMatchObject({ code })
  })

  test('follows a link that stays in the folder', async () => {
    await mkdir(join(directory, 'deep'))
    await writeFile(join(directory, 'deep', 'a.csv'), 'a\n1\n')
    await symlink('deep', join(directory, 'way'))

    expect(await recordsOf({ path: './way//a.csv' })).toEqual([{ a: '1' }])
  })

  test('does not read on into what is appended meanwhile as if it had been there', async () => {
    await read('a\n1\n', { path: 'a.csv' })
    const [page] = await pagesOf({ path: 'a.csv' })
    await appendFile(join(directory, 'a.csv'), '2\n')

    await expect(pagesOf({ path: 'a.csv' }, page?.position)).rejects.toMatchObject({ code: 'STATE_LOST' })
  })
})

describe('objects and schemas', () => {
  test('list the files of known formats in all folders, without hidden ones and links', async () => {
    await mkdir(join(directory, 'deep', '.git'), { recursive: true })
    for (const path of ['b.csv', 'deep/A.JSONL', 'deep/a.txt', '.hidden.csv', 'deep/.git/x.json'])
      await writeFile(join(directory, path), '')
    await symlink(join(directory, 'b.csv'), join(directory, 'link.csv'))
    const connection = await localStorage.connect({ directory }, contextWith())

    const [all, some] = [await connection.objects(), await connection.objects('JSON')]

    expect(all.map(({ name }) => name)).toEqual(['b.csv', 'deep/A.JSONL'])
    expect(some.map(({ name }) => name)).toEqual(['deep/A.JSONL'])
    await connection.close()
  })

  test('tell the fields of a file by its first records', async () => {
    await writeFile(join(directory, 'a.ndjson'), '{"a":1,"b":[1]}\n{"a":"x","c":null}\n')
    const connection = await localStorage.connect({ directory }, contextWith())

    const { response } = await connection.schemas('Read', 'a.ndjson')

    expect(response).toMatchObject({
      properties: { a: { type: ['null', 'number', 'string'] }, b: { type: ['array', 'null'] }, c: { type: ['null'] } },
    })
    await expect(connection.schemas('Read', 'missing.csv')).rejects.toMatchObject({ code: 'OBJECT_UNKNOWN' })
    await expect(connection.schemas('Stir', 'a.ndjson')).rejects.toMatchObject({ code: 'OBJECT_UNKNOWN' })
    await connection.close()
  })
})

describe('testing a connection', () => {
  test.each([
    ['a folder', '.', { ok: true, message: expect.stringContaining('can be read and written') }],
    ['a missing folder', 'missing', { ok: false, code: 'FILE_NOT_FOUND' }],
    ['a file', 'a.csv', { ok: false, code: 'FILE_NOT_FOUND', message: expect.stringContaining('is a file') }],
  ])('tells of %s', async (_what, path, expected) => {
    await writeFile(join(directory, 'a.csv'), '')
    const connection = await localStorage.connect({ directory: join(directory, path) }, contextWith())

    expect(await connection.test(contextWith())).toMatchObject(expected)
    await connection.close()
  })
})
