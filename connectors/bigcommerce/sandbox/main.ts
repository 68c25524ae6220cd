/** Starts a sandbox from the command line; `--help` tells the options. */
import { Command, InvalidArgumentError, Option } from 'commander'
import { type PlanName, type SandboxOptions, startSandbox } from './sandbox.ts'

const program = new Command('bigcommerce-sandbox')
  .description('An emulator of a BigCommerce store, for tests, demos and benchmarks')
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option('--port <number>', 'port to listen on, 0 for a free one', upTo(65_535), 0)
  .option('--products <number>', 'how many products', upTo(1_000_000), 1000)
  .option('--brands <number>', 'how many brands (default: by the products)', upTo(30_000))
  .option('--categories <number>', 'how many categories (default: by the products)', upTo(16_000))
  .option('--customers <number>', 'how many customers', upTo(1_000_000), 200)
  .option('--orders <number>', 'how many orders', upTo(1_000_000), 100)
  .addOption(planOption())
  .option('--seed <number>', 'the same seed gives the same records', upTo(2_147_483_647), 1)
  .option('--latency-ms <number>', 'wait so long before every answer', upTo(600_000), 0)
  .option('--store-hash <hash>', 'the hash in /stores/<hash>/', 'sandbox')
  .allowExcessArguments(false)
  // Commander exits with 1 for bad arguments; 1 is kept for what fails after they were understood.
  .exitOverride(error => process.exit(error.exitCode === 0 ? 0 : 2))

await start(program.parse().opts<SandboxOptions>())

async function start(options: SandboxOptions): Promise<void> {
  const sandbox = await startSandbox(options).catch((thrown: unknown) => {
    process.stderr.write(`error: cannot listen on ${options.host} port ${options.port}: ${reason(thrown)}\n`)
    process.exit(1)
  })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      void sandbox.close().then(() => process.exit(0))
    })
  }
  const { url, storeHash, accessToken } = sandbox
  process.stdout.write(`${JSON.stringify({ url, storeHash, accessToken })}\n`)
}

function planOption(): Option {
  const names: readonly PlanName[] = ['standard', 'plus', 'pro', 'unlimited', 'tiny']
  return new Option('--plan <name>', 'whose quota applies').choices(names).default('standard')
}

function upTo(maximum: number): (text: string) => number {
  return text => {
    if (!/^\d+$/.test(text) || Number(text) > maximum) {
      throw new InvalidArgumentError(`a whole number from 0 to ${maximum} is expected`)
    }
    return Number(text)
  }
}

function reason(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  const code = 'code' in thrown ? thrown.code : undefined
  if (code === 'EADDRINUSE') return 'the port is taken, choose another with --port'
  if (code === 'EACCES') return 'the system denies it, choose a port above 1023'
  return thrown.message
}
