/** A row of a table of errors: what a code means, whether trying again can help, what the operator does. */
export interface ErrorRow {
  readonly meaning: string
  readonly retryable: boolean
  /** HTTP status when the code is the answer of the API. */
  readonly httpStatus: number
  readonly cure: string
}

/** The codes of releases of connectors: finding, fetching, choosing them. Part of the table of the agent. */
export const releaseErrors = {
  CONNECTOR_NOT_FOUND: {
    meaning: 'no release of the connector is installed',
    retryable: false,
    httpStatus: 422,
    cure: 'check the name of the connector, or install a release',
  },
  CONNECTOR_INVALID: {
    meaning: 'a connector release breaks the contract, or is damaged',
    retryable: false,
    httpStatus: 500,
    cure: 'install the release again; when it persists, tell the author of the connector',
  },
  CONNECTOR_UNTRUSTED: {
    meaning: 'a connector release is not signed, or not with a key that is trusted',
    retryable: false,
    httpStatus: 422,
    cure: 'install a release signed with a trusted key, or trust its key in connectors.trustedKeys when you trust its author',
  },
  CONNECTOR_INCOMPATIBLE: {
    meaning: 'a connector release works with other versions of the agent only',
    retryable: false,
    httpStatus: 422,
    cure: 'bring the agent to a version of the range in the message, or install a release made for this one',
  },
  REGISTRY_UNAVAILABLE: {
    meaning: 'the registry of connectors cannot be reached, or cannot serve now',
    retryable: true,
    httpStatus: 503,
    cure: 'check the address of the registry and the network; installed releases work without it',
  },
  REGISTRY_REFUSED: {
    meaning: 'the registry of connectors refused the request, or what it answers cannot be used',
    retryable: false,
    httpStatus: 422,
    cure: 'check address, token and rights; a version that is published already needs another number',
  },
  DOWNLOAD_DAMAGED: {
    meaning: 'the downloaded package of a connector is not the one that the registry announced',
    retryable: true,
    httpStatus: 502,
    cure: 'nothing, it is downloaded again later; when it persists, somebody between agent and registry changes packages',
  },
  INSTALL_FAILED: {
    meaning: 'a connector release cannot be written to the connectors directory',
    retryable: true,
    httpStatus: 500,
    cure: 'check space and rights of connectors.directory; releases that are installed already go on working',
  },
  SMOKE_TEST_TIMEOUT: {
    meaning: 'the smoke test of a connector release took too long',
    retryable: true,
    httpStatus: 504,
    cure: 'nothing when the machine was busy, it is tried again later; when it persists, tell the author of the connector',
  },
  CONNECTOR_DOWNGRADE: {
    meaning: 'a connector release is older than one that was trusted before',
    retryable: false,
    httpStatus: 409,
    cure: 'install the newer release again, or `agent connectors update <name> --version <version> --force` when you want the older one',
  },
  CONNECTOR_QUARANTINED: {
    meaning: 'a connector release failed on this agent and is not used any more',
    retryable: false,
    httpStatus: 409,
    cure: 'wait for a newer release, or `agent connectors update <name> --version <version> --force` when the cause is gone',
  },
  CONNECTOR_UPDATE_OFF: {
    meaning: 'the policy forbids to ask a registry for connectors',
    retryable: false,
    httpStatus: 409,
    cure: 'set policy.disableAutoConnectorUpdate to false, or add --force to the command',
  },
  CONNECTOR_STATE_INVALID: {
    meaning: 'the file with what the agent remembers of connectors cannot be understood',
    retryable: false,
    httpStatus: 500,
    cure: 'mend state.json in connectors.directory, or delete it: pins and quarantines are forgotten then',
  },
} as const satisfies { readonly [code: string]: ErrorRow }
