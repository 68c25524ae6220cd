/** What this agent may do by itself. Decisions taken under it are pure functions, and belong into this file. */
export interface Policy {
  /** Never fetch a newer release of a connector, not even when a connection is tested. */
  readonly disableAutoConnectorUpdate: boolean
}
