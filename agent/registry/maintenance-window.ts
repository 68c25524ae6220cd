/** Whether it is time to change things by oneself; the window, `22:00-04:00`, is in UTC, its end does not belong to it. */
export function isWithinWindow(window: string | undefined, now: Date): boolean {
  if (window === undefined) return true
  const [from = '', to = ''] = window.split('-')
  const time = now.toISOString().slice(11, 16)
  return from <= to ? from <= time && time < to : time >= from || time < to
}
