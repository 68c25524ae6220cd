import { correctPrice, pasteLogger, submitSlowRun, tokens, type WalkStage } from './stage.ts'

/** A fault, and how an operator finds it; docs/finding-faults.md tells it with the screens. */
export interface Walk {
  readonly title: string
  readonly plant: (stage: WalkStage) => Promise<void> | void
  readonly steps: readonly WalkStep[]
}

/** One step of an operator. */
export interface WalkStep {
  /** Something done by hand before, for one in an editor. */
  readonly before?: (stage: WalkStage) => Promise<void> | void
  readonly command: string
  /** What the screen has to say. */
  readonly shows: readonly RegExp[]
  /** Default 0. */
  readonly exitCode?: number
}

const bigcommerce = 'org.jitterbit.connector.bigcommerce'

/** The faults of the walk-through, in the order of the page. */
export const walks: readonly Walk[] = [
  {
    title: 'an access token that has expired',
    plant: stage => stage.setToken('token-of-last-year'),
    steps: [
      {
        command: 'agent submit Products --run-id token-1 -f',
        shows: [/status +error/, /AUTHENTICATION_FAILED: GET \/v3\/catalog\/products/, /what to do +put a valid/],
        exitCode: 3,
      },
      {
        command: 'agent test-connection shop',
        shows: [/the access token is not accepted; copy it again, or create a new API account/],
        exitCode: 3,
      },
      {
        before: stage => stage.setToken(tokens.whole),
        command: 'agent submit Products --run-id token-2 -f',
        shows: [/status +success/, /written +1,200/],
      },
    ],
  },
  {
    title: 'a scope that is missing',
    plant: stage => stage.setToken(tokens.narrow),
    steps: [
      {
        command: 'agent submit Customers --run-id scope-1 -f',
        shows: [/PERMISSION_DENIED: GET \/v3\/customers/],
        exitCode: 3,
      },
      {
        command: 'agent test-connection shop',
        shows: [
          /the token lacks scopes that operations of the project need: store_v2_customers_read_only/,
          /not granted, but needed for Query customers/,
        ],
        exitCode: 3,
      },
      {
        before: stage => stage.setToken(tokens.whole),
        command: 'agent test-connection shop',
        shows: [/connected to/],
      },
    ],
  },
  {
    title: 'a field that is wrong',
    plant: () => undefined,
    steps: [
      {
        command: 'agent submit "New products" --run-id field-1 --debug -f',
        shows: [/success-with-warning/, /written +2/, /rejected +1/, /record 2 rejected: .*price/],
      },
      {
        command: 'agent rejected field-1 --format table',
        shows: [/2 +rejected +RECORD_INVALID +price: must be number/],
      },
      {
        command: 'agent debug show field-1 --step target',
        shows: [/"price":"free"/, /rejected/, /RECORD_INVALID/],
      },
      { command: 'agent rejected field-1', shows: [/"record":\{"name":"Tea cup"/] },
      {
        before: correctPrice,
        command: 'agent replay field-1 --from corrected.ndjson --run-id field-2 -f',
        shows: [/status +success/, /written +1/],
      },
    ],
  },
  {
    title: 'a storm of 429s',
    plant: stage => stage.store.fault({ path: '/v3/catalog', action: 'throttle-without-headers', count: 4 }),
    steps: [
      { command: `agent loggers set ${bigcommerce} DEBUG --for 5m`, shows: [/is at DEBUG until/] },
      {
        command: 'agent submit Products --run-id storm-1 -f',
        shows: [/RATE_LIMITED: the account refuses requests/, /4 refused, and sent again/, /status +success/],
      },
      {
        command: `agent logs --connector bigcommerce --run storm-1 --grep '"status":429'`,
        shows: [/"message":"request failed"/, /"reaction":"wait"/, /"requestId":"[0-9a-f]{32}"/],
      },
      { command: 'agent pacing', shows: [/shop/] },
      { command: `agent loggers reset ${bigcommerce}`, shows: [/is at INFO/] },
    ],
  },
  {
    title: 'a bug in a connector',
    plant: () => undefined,
    steps: [
      {
        command: 'agent submit Prices --run-id bug-1 --debug -f',
        shows: [/CONNECTOR_FAULT: connector supplier 1\.1\.0 \(index\.js:2:\d+\): Cannot read properties of undefined/],
        exitCode: 3,
      },
      {
        command: 'agent debug show bug-1',
        shows: [/prices received/, /page read/, /attempt ended/],
      },
      {
        command: 'agent logs --level error --run bug-1',
        shows: [/"message":"connector failed unforeseen"/, /at pageOf .*index\.js:2/],
      },
      { command: 'agent connectors show supplier', shows: [/1\.1\.0/, /1\.0\.0/] },
      { command: 'agent connectors rollback supplier', shows: [/1\.0\.0/] },
      { command: 'agent submit Prices --run-id bug-2 -f', shows: [/status +success/, /supplier 1\.0\.0/] },
    ],
  },
  {
    title: 'every request of a connector, without a restart',
    plant: stage => pasteLogger(stage, bigcommerce, 'DEBUG'),
    steps: [
      { command: 'agent loggers', shows: [new RegExp(`${bigcommerce} +DEBUG +logback.xml`)] },
      { command: 'agent submit Products --run-id paste-1 -f', shows: [/status +success/] },
      {
        command: 'agent logs --connector bigcommerce --run paste-1 -n 2',
        shows: [/"message":"request answered"/, /"quotaLeft":\d+/, /"correlationId":"paste-1"/],
      },
    ],
  },
  {
    title: 'kill -9 of a runner, and of the agent, under load',
    async plant(stage) {
      await submitSlowRun(stage, 'kill-1')
      process.kill((await stage.agent().status()).runners[0]?.pid ?? 0, 'SIGKILL')
    },
    steps: [
      {
        command: 'agent run kill-1 -f',
        shows: [/was killed from outside by SIGKILL/, /goes on after [\d,]+ records/, /status +success/, /read +1,203/],
      },
      {
        command: 'agent logs --level warn --since 1m',
        shows: [/"message":"runner [^"]*".*SIGKILL|SIGKILL.*"message":"runner/],
      },
      {
        async before(stage) {
          await submitSlowRun(stage, 'kill-2')
          stage.agent().signal('SIGKILL')
          await stage.agent().exit()
        },
        command: 'agent logs -n 3',
        shows: [/no agent answers; reading the files/, /"correlationId":"kill-2".*}\n/],
      },
      {
        before: stage => stage.restart(),
        command: 'agent run kill-2 -f',
        shows: [/goes on after [\d,]+ records/, /status +success/, /read +1,203/],
      },
    ],
  },
]
