import type { Connector } from '../sdk/connector.ts'
import { type FolderConnection, openConnection, settingsSchema } from './connection.ts'
import { read } from './read.ts'
import { write } from './write.ts'

/** The connector for files of this machine: CSV, NDJSON and JSON. */
const localStorage: Connector<FolderConnection> = {
  name: 'local-storage',
  version: '0.1.0',
  settings: settingsSchema,
  connect: openConnection,
  activities: { Read: read, Write: write },
}

export default localStorage
