/** A time for people on a terminal: local, with its zone. In a pipe: ISO 8601, UTC. */
export function formatTime(unixMs: number, isTerminal: boolean): string {
  const time = new Date(unixMs)
  return isTerminal ? local.format(time) : time.toISOString()
}

const local = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZoneName: 'short',
})
