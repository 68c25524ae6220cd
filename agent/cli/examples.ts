import type { Command } from 'commander'

/** What people type, by the command it belongs to; shown by its --help and in the reference. */
const examples: { readonly [command: string]: readonly string[] } = {
  start: ['agent start', 'agent start --home /srv/agent --set redis.url=redis://queue.internal:6379'],
  status: ['agent status', 'agent status --url http://agent.internal:8477 --token-file token.txt --json'],
  pacing: ['agent pacing', 'agent pacing --json'],
  submit: [
    'agent submit "Products to CSV" --follow',
    'agent submit "Products to CSV" --var minimumPrice=10 --run-id nightly-2026-11-24 --requested-by cron',
  ],
  runs: [
    'agent runs --limit 5',
    'agent runs --operation "Products to CSV" --status error --json',
    'agent runs --text "rate limit" --from 2d',
    'agent runs --from 7d --format csv >runs.csv',
  ],
  run: ['agent run nightly-2026-11-24', 'agent run nightly-2026-11-24 --follow --cancel'],
  rejected: [
    'agent rejected nightly-2026-11-24',
    'agent rejected nightly-2026-11-24 --code CONFLICT --output rejected.ndjson',
    'agent rejected nightly-2026-11-24 --format csv > rejected.csv',
  ],
  replay: [
    'agent replay nightly-2026-11-24 --follow',
    'agent replay nightly-2026-11-24 --only 3,17-20',
    'agent replay nightly-2026-11-24 --from rejected.ndjson --follow',
  ],
  cancel: ['agent cancel nightly-2026-11-24'],
  drain: ['agent drain --wait'],
  resume: ['agent resume'],
  logs: [
    'agent logs -n 50 --level warn',
    'agent logs --follow --run nightly-2026-11-24',
    'agent logs --since 2h --connector bigcommerce',
    'agent logs | jq .message',
  ],
  'loggers list': ['agent loggers list', 'agent loggers list --json'],
  'loggers set': [
    'agent loggers set org.jitterbit.connector.bigcommerce DEBUG --for 30m',
    'agent loggers set org.jitterbit.connector TRACE --for 5m --group',
  ],
  'debug list': ['agent debug list', 'agent debug list --json'],
  'debug on': [
    'agent debug on "Products to CSV" --for 30m',
    'agent debug on "Products to CSV" --until 17:30 --children --group',
    'agent debug on --run nightly-2026-11-24',
  ],
  'debug off': ['agent debug off "Products to CSV"', 'agent debug off --agent --group'],
  'debug show': [
    'agent debug show nightly-2026-11-24',
    'agent debug show nightly-2026-11-24 --step target --limit 50',
    'agent debug show nightly-2026-11-24 --step source --json | jq .record',
  ],
  'debug download': ['agent debug download nightly-2026-11-24 --output debug.tar.gz'],
  'policy show': ['agent policy show'],
  'policy set': ['agent policy set disableAutoConnectorUpdate true'],
  'loggers reset': ['agent loggers reset org.jitterbit.connector.bigcommerce --group'],
  'test-connection': ['agent test-connection sandbox-store', 'agent test-connection sandbox-store --json'],
  'connectors list': ['agent connectors list', 'agent connectors list --json'],
  'connectors show': ['agent connectors show bigcommerce', 'agent connectors show bigcommerce --json'],
  'connectors update': [
    'agent connectors update bigcommerce',
    'agent connectors update bigcommerce --version 1.3.0',
    'agent connectors update bigcommerce --version 1.2.0 --force',
  ],
  'connectors pin': ['agent connectors pin bigcommerce 1.4.x'],
  'connectors unpin': ['agent connectors unpin bigcommerce'],
  'connectors rollback': [
    'agent connectors rollback bigcommerce',
    'agent connectors rollback bigcommerce --version 1.2.0',
  ],
  'connectors verify': ['agent connectors verify', 'agent connectors verify bigcommerce --json'],
  'connectors keygen': ['agent connectors keygen --out ~/.keys'],
  'connectors pack': ['agent connectors pack dist/my-connector --key ~/.keys/signing-0123456789abcdef.key'],
  'connectors sign': ['agent connectors sign my-connector-1.0.0.tgz --key ~/.keys/signing-0123456789abcdef.key'],
  'connectors publish': [
    'agent connectors publish my-connector-1.0.0.tgz --registry /srv/connectors',
    'agent connectors publish my-connector-1.0.0.tgz --registry https://npm.example.com --token-env NPM_TOKEN',
  ],
  objects: ['agent objects', 'agent objects price', 'agent objects sandbox-store metafields --json'],
  schema: [
    'agent schema products',
    'agent schema products images --activity Create',
    'agent schema sandbox-store customers --json',
  ],
  query: [
    'agent query products --limit 3',
    'agent query sandbox-store products --filter inventory_level:min=100 --fields id,name,price',
    'agent query products --include variants --option sort=name --json',
  ],
  'state show': ['agent state show', 'agent state show "Changed products" --json'],
  'state set': ['agent state set "Changed products" 2026-11-25T08:30:00Z'],
  'state reset': ['agent state reset "Changed products"'],
  'config check': ['agent config check --config agent.yaml'],
  'config show': ['agent config show', 'agent config show --set runners=2 --json'],
  'config schema': ['agent config schema > agent.schema.json'],
  'secret encrypt': ['agent secret encrypt < token.txt'],
  validate: ['agent validate', 'agent validate --home /srv/agent --json'],
  doctor: ['agent doctor', 'agent doctor --connections', 'agent doctor --json'],
  'support-bundle': [
    'agent support-bundle',
    'agent support-bundle --home /srv/agent --output case-4711.tgz --lines 20000',
  ],
  sandbox: ['agent sandbox --products 1000 --port 8080'],
  version: ['agent version', 'agent version --json'],
}

/** Examples of a command; `path` is its name, with that of its parent for a command below another. */
export function examplesOf(path: string): readonly string[] {
  return examples[path] ?? []
}

/** The commands that do something, with their paths: those below others too. */
export function leafCommands(
  command: Command,
  parents: readonly string[] = [],
): readonly (readonly [string, Command])[] {
  return command.commands.flatMap(child => {
    const path = [...parents, child.name()]
    return child.commands.length === 0 ? [[path.join(' '), child] as const] : leafCommands(child, path)
  })
}

/** Adds the examples to the help of every command. */
export function addExamples(program: Command): void {
  for (const [path, command] of leafCommands(program)) {
    command.addHelpText(
      'after',
      `\nExamples:\n${examplesOf(path)
        .map(example => `  ${example}\n`)
        .join('')}`,
    )
  }
}
