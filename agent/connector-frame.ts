/** The place in a release of a connector at which something went wrong. */
export interface ConnectorFrame {
  readonly connector: string
  readonly version: string
  /** `index.js:7:13`. */
  readonly place: string
}

/** A frame that lies in the folder of a release: `<name>/<version>-<hash>/<file>:<line>:<column>`. */
const frame =
  /\/(?<connector>[a-z][a-z0-9-]*)\/(?<version>\d+\.\d+\.\d+[^/]*)-[0-9a-f]{12}\/(?<place>[^\s:)]+(?::\d+)*)/

/** The first frame of a stack that lies in a release; undefined when none does. */
export function connectorFrameIn(stack: string): ConnectorFrame | undefined {
  const { connector, version, place } = frame.exec(stack)?.groups ?? {}
  if (connector === undefined || version === undefined || place === undefined) return undefined
  return { connector, version, place }
}
