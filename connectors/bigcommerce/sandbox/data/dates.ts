/**
 * The dates of the data lie in these years, whatever the clock says: the same seed must give the same bytes, and a
 * filter on a date must find the same records tomorrow.
 */
export const firstDayMs = Date.UTC(2022, 0, 1)
export const lastDayMs = Date.UTC(2025, 11, 31)

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
