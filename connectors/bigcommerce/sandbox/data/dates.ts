/**
 * The dates of the data lie in these years, whatever the clock says: the same seed must give the same bytes, and a
 * filter on a date must find the same records tomorrow.
 */
export const firstDayMs = Date.UTC(2022, 0, 1)
export const lastDayMs = Date.UTC(2025, 11, 31)

/**
 * A whole second for the record at that position of so many, never earlier than that of the record before it: what is
 * made later has the higher id. `share` in [0, 1) chooses within the time that falls to the record.
 */
export function risingMs(index: number, size: number, share: number): number {
  const stepMs = (lastDayMs - firstDayMs) / size
  return Math.floor((firstDayMs + (index + share) * stepMs) / 1000) * 1000
}

/** The v3 form of the catalogue: seconds, offset written out. */
export function catalogDate(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}+00:00`
}

/** The v3 form of the customers: seconds, `Z`. */
export function zuluDate(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

/** The v2 form: RFC 2822 with a numeric offset. */
export function rfc2822Date(ms: number): string {
  return new Date(ms).toUTCString().replace('GMT', '+0000')
}
