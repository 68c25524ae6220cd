import { createFolderRegistry } from '../registry/folder-registry.ts'
import { createNpmRegistry } from '../registry/npm-registry.ts'
import type { Trust } from '../registry/signature.ts'
import { installFrom, partsFor } from './packages.ts'

/** What a process of a test installs; `stopAt` is the step at which it stays for ever, to be killed there. */
export interface InstallOrder {
  /** A folder of packages, or the address of a registry. */
  readonly registry: string
  readonly token?: string
  readonly directory: string
  readonly trust: Trust
  readonly stopAt?: string
}

/** A process that does an install, tells its steps on stdout, a line each, and how it ended as JSON in the last line. */
const order = JSON.parse(process.argv[2] ?? '') as InstallOrder // of install-crash.test
const registry = /^http:/.test(order.registry)
  ? createNpmRegistry({
      url: order.registry,
      scope: '@test',
      token: order.token,
      timeoutMs: 60_000,
      maxPackageBytes: 50e6,
    })
  : createFolderRegistry(order.registry)

function tell(line: string): void {
  process.stdout.write(`${line}\n`)
}

async function onStep(step: string): Promise<void> {
  tell(step)
  // Something has to keep the process alive.
  if (step === order.stopAt) await new Promise(() => setInterval(() => 0, 1_000))
}

const parts = { ...partsFor(order.directory), trust: order.trust, onStep }
const ending = await installFrom(registry, parts).then(
  ({ version }) => ({ version }),
  ({ code, message }: { readonly code?: string; readonly message: string }) => ({ code, message }),
)
tell(JSON.stringify(ending))
