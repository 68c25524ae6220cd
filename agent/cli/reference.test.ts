import { PassThrough } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import { examplesOf, leafCommands } from './examples.ts'
import type { CliIo } from './io.ts'
import { createProgram } from './program.ts'
import { cliReference } from './reference.ts'

const io: CliIo = {
  stdout: { write: () => undefined },
  stderr: { write: () => undefined },
  stdin: new PassThrough() as unknown as NodeJS.ReadStream, // nothing reads it here
  env: {},
  signal: new AbortController().signal,
  setExitCode: () => undefined,
}
const program = createProgram(io, { version: '1.2.3', start: async () => undefined, sandbox: async () => undefined })
const commands = leafCommands(program)

describe('examples', () => {
  test.each(commands.map(([path]) => [path]))('%s has one that begins with its own name', path => {
    expect(examplesOf(path).length).toBeGreaterThan(0)
    expect(examplesOf(path).every(example => example === `agent ${path}` || example.startsWith(`agent ${path} `))).toBe(
      true,
    )
  })

  test.each(commands.filter(([path]) => path !== 'sandbox'))('%s shows only options it has', (path, command) => {
    const known = command.options.flatMap(({ short, long }) => [short, long])
    const used = examplesOf(path).flatMap(example => example.match(/(?<= )--?[a-z][a-z-]*/g) ?? [])

    expect(used.filter(option => !known.includes(option))).toEqual([])
  })
})

describe('cliReference', () => {
  test('has a section for every command', () => {
    const sections = cliReference(program).match(/^## .*/gm)

    expect(sections).toEqual(['## Exit codes', ...commands.map(([path]) => `## ${path}`)])
  })

  test('tells options with their choices and defaults, and the exit codes', () => {
    const text = cliReference(program)

    expect(text).toContain('| 130 | Ctrl-C while following, where the run itself goes on, or at a question |')
    expect(text).toMatch(/\| `--status <status>` \| only runs of this status \(choices: "submitted",/)
    expect(text).toContain('| `--out <dir>` | folder for the package (default: ".") |')
    expect(text).toContain('```sh\nagent submit [options] <operation>\n```')
  })

  test('tells what the arguments are, and lists every command with a link', () => {
    const text = cliReference(program)

    expect(text).toContain('| argument | meaning |\n|---|---|\n| `id` | id of the run |')
    expect(text).toContain(
      '| [`config check`](#config-check) | check file, environment and flags, and the levels of loggers |',
    )
    expect(text.match(/^\| \[`/gm)).toHaveLength(commands.length)
  })

  test('is the same every time', () => {
    expect(cliReference(program)).toBe(cliReference(program))
  })
})
