/** A row of the table below: what a code means, whether trying the run again can help, and what the user does. */
interface ConnectorErrorRow {
  readonly meaning: string
  readonly retryable: boolean
  readonly cure: string
}

/**
 * Every code a connector may throw. Codes are public: users and the host match them, so they are never reused or
 * given another meaning.
 */
export const connectorErrors = {
  SETTINGS_INVALID: {
    meaning: 'the settings of the connection do not fit its schema',
    retryable: false,
    cure: 'correct the named setting in the connection file',
  },
  OPTIONS_INVALID: {
    meaning: 'the options of the activity do not fit its schema, or name something the object does not have',
    retryable: false,
    cure: 'correct the named option in the operation',
  },
  OBJECT_UNKNOWN: {
    meaning: 'the connector has no such object or sub-object for this activity',
    retryable: false,
    cure: 'choose one of the objects that the connector lists',
  },
  AUTHENTICATION_FAILED: {
    meaning: 'the vendor does not accept the credentials',
    retryable: false,
    cure: 'put a valid credential into the connection and test it again',
  },
  PERMISSION_DENIED: {
    meaning: 'the credentials are valid but lack the right, or belong to another account',
    retryable: false,
    cure: 'grant the named scope, or correct the account in the connection',
  },
  NOT_FOUND: {
    meaning: 'the vendor has no such route or object',
    retryable: false,
    cure: 'check the URL, the object and the identifiers in the operation',
  },
  REQUEST_REFUSED: {
    meaning: 'the vendor understood the request and refused it',
    retryable: false,
    cure: 'read the reason given by the vendor and correct the operation or the records',
  },
  RATE_LIMITED: {
    meaning: 'the vendor keeps refusing requests for their rate, longer than the connector waits',
    retryable: true,
    cure: 'wait, or reduce what other programs ask of the same account',
  },
  VENDOR_UNAVAILABLE: {
    meaning: 'the vendor answers that it cannot serve now',
    retryable: true,
    cure: 'wait until the vendor is up again; the run goes on from its checkpoint',
  },
  NETWORK: {
    meaning: 'the vendor could not be reached, or the connection broke',
    retryable: true,
    cure: 'check name resolution, proxy and firewall between the agent and the vendor',
  },
  RESPONSE_INVALID: {
    meaning: 'the answer is not what the vendor documents',
    retryable: true,
    cure: 'look into the connector log; a proxy may have answered in the place of the vendor',
  },
  FILE_NOT_FOUND: {
    meaning: 'the file to read does not exist',
    retryable: false,
    cure: 'check the path and the directory of the connection',
  },
  FILE_INVALID: {
    meaning: 'the file is not in the format that the operation names',
    retryable: false,
    cure: 'correct the file at the named line, or the format in the operation',
  },
  FILE_DENIED: {
    meaning: 'the path lies outside the directory of the connection, or the system denies access',
    retryable: false,
    cure: 'correct the path, or give the user of the agent the right to it',
  },
  DISK_FULL: {
    meaning: 'no space is left where the target writes',
    retryable: false,
    cure: 'free space, then submit the operation again',
  },
  STATE_LOST: {
    meaning: 'what an earlier attempt of this run left behind is gone, so it cannot go on from its checkpoint',
    retryable: false,
    cure: 'submit the operation again; it starts from the beginning',
  },
  CONNECTOR_FAULT: {
    meaning: 'the connector failed in a way its author did not foresee',
    retryable: false,
    cure: 'go back to an older release by agent connectors rollback, and send the line of the agent log with the stack to the author',
  },
} as const satisfies { readonly [code: string]: ConnectorErrorRow }

export type ConnectorErrorCode = keyof typeof connectorErrors

/** What a connector throws when the work cannot go on. The host matches `code`, never the class: bundles have copies. */
export class ConnectorError extends Error {
  override readonly name = 'ConnectorError'
  readonly code: ConnectorErrorCode
  readonly retryable: boolean

  /** `message`: what failed, on what, in lower case, no full stop, no secrets. */
  constructor(code: ConnectorErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
    this.retryable = connectorErrors[code].retryable
  }
}
