import type { Command } from 'commander'
import type { CliIo } from '../io.ts'
import { addKeygenCommand } from './keygen.ts'
import { addListCommand } from './list.ts'
import { addPackCommand } from './pack.ts'
import { addPublishCommand } from './publish.ts'
import { addSignCommand } from './sign.ts'

/** `agent connectors …`; by itself it lists. */
export function addConnectorCommands(program: Command, io: CliIo): void {
  const group = program.command('connectors').description('releases of connectors: installed ones, and your own')
  addListCommand(group, io)
  addKeygenCommand(group, io)
  addPackCommand(group, io)
  addSignCommand(group, io)
  addPublishCommand(group, io)
}
