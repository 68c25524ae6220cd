import type { Command } from 'commander'
import type { CliIo } from '../io.ts'
import { addKeygenCommand } from './keygen.ts'
import { addListCommand } from './list.ts'
import { addPackCommand } from './pack.ts'
import { addPinCommands } from './pin.ts'
import { addPublishCommand } from './publish.ts'
import { addRollbackCommand } from './rollback.ts'
import { addShowCommand } from './show.ts'
import { addSignCommand } from './sign.ts'
import { addUpdateCommand } from './update.ts'
import { addVerifyCommand } from './verify.ts'

/** `agent connectors …`; by itself it lists. */
export function addConnectorCommands(program: Command, io: CliIo): void {
  const group = program.command('connectors').description('releases of connectors: those that runs use, and your own')
  addListCommand(group, io)
  addShowCommand(group, io)
  addUpdateCommand(group, io)
  addPinCommands(group, io)
  addRollbackCommand(group, io)
  addVerifyCommand(group, io)
  addKeygenCommand(group, io)
  addPackCommand(group, io)
  addSignCommand(group, io)
  addPublishCommand(group, io)
}
