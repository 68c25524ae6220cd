import type { Command } from 'commander'
import { examplesOf, leafCommands } from './examples.ts'
import { exitCodes } from './io.ts'

/** The page docs/cli.md: every command with its arguments, options and examples, and what the exit codes say. */
export function cliReference(program: Command): string {
  const codes = Object.values(exitCodes).map(({ code, meaning }) => `| ${code} | ${meaning} |`)
  const commands = leafCommands(program).map(
    ([path, command]) => `| [\`${path}\`](#${path.replaceAll(' ', '-')}) | ${cell(command.description())} |`,
  )
  return [
    '# Commands',
    `Generated from the program: \`${program.name()} <command> --help\` tells the same.`,
    ['| command | what it does |', '|---|---|', ...commands].join('\n'),
    '## Exit codes',
    ['| code | meaning |', '|---|---|', ...codes].join('\n'),
    ...leafCommands(program).flatMap(([path, command]) => commandSection(path, command)),
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n')
}

function commandSection(path: string, command: Command): readonly string[] {
  const help = command.createHelp()
  const described = help
    .visibleArguments(command)
    .map(argument => `| \`${cell(help.argumentTerm(argument))}\` | ${cell(help.argumentDescription(argument))} |`)
  const options = help
    .visibleOptions(command)
    .filter(({ long }) => long !== '--help')
    .map(option => `| \`${cell(help.optionTerm(option))}\` | ${cell(help.optionDescription(option))} |`)
  return [
    `## ${path}`,
    `${sentence(help.commandDescription(command))}`,
    fenced([help.commandUsage(command)]),
    ...(described.length === 0 ? [] : [['| argument | meaning |', '|---|---|', ...described].join('\n')]),
    ...(options.length === 0 ? [] : [['| option | meaning |', '|---|---|', ...options].join('\n')]),
    ...(examplesOf(path).length === 0 ? [] : [fenced(examplesOf(path))]),
  ]
}

function fenced(lines: readonly string[]): string {
  return ['```sh', ...lines, '```'].join('\n')
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

/** A bar would end the cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
