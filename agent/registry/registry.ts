/** A release that a registry offers. */
export interface AvailableRelease {
  /** Of the connector: `bigcommerce`. */
  readonly name: string
  readonly version: string
  /** The channels (dist-tags) that point at it: `latest`. */
  readonly channels: readonly string[]
  /** Hash of the package as the registry announces it (Subresource Integrity); what is downloaded has to match. */
  readonly integrity?: string
  readonly sizeBytes?: number
  /** Address or file of the package. */
  readonly from: string
}

/** Where releases come from: an npm-compatible registry, or a folder of packages. */
export interface Registry {
  /** For messages: `registry https://npm.example.com`. */
  describe(): string
  /** Every release of a connector, newest first; none when the registry does not know it. Throws REGISTRY_UNAVAILABLE, REGISTRY_REFUSED. */
  available(name: string, signal: AbortSignal): Promise<readonly AvailableRelease[]>
  /**
   * Writes the package into a file that is not there yet. Its integrity is the caller's to check. Throws
   * REGISTRY_UNAVAILABLE, REGISTRY_REFUSED; errors of the file system (disk full) are passed on.
   */
  download(release: AvailableRelease, toFile: string, signal: AbortSignal): Promise<void>
}
