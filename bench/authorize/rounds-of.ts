import { forwarded, type Signer } from './requests.ts'

/**
 * Gives each server the same requests in the same round: distinct ones, and orders that no round had before. Reading
 * requests are sent again in later rounds, since their signatures are not remembered.
 */
export function roundsOf(
  signer: Signer,
  requests: number,
  count: number,
  orderEvery: number,
): (server: string) => readonly Buffer[] {
  const orders = Math.floor(requests / orderEvery)
  // Ahead of the clock: signatures made before the server started count as used.
  let timestampMs = Date.now() + 60_000
  const sign = (method: 'GET' | 'POST', times: number) =>
    Array.from({ length: times }, () => forwarded(signer, method, timestampMs++))
  const reading = sign('GET', requests - orders)
  const rounds = Array.from({ length: count }, () => {
    const ordering = sign('POST', orders)
    return ordering.flatMap((order, i) => [order, ...reading.slice(i * (orderEvery - 1), (i + 1) * (orderEvery - 1))])
  })
  const sent = new Map<string, number>()
  return (server) => {
    const round = sent.get(server) ?? 0
    sent.set(server, round + 1)
    return rounds[round] ?? []
  }
}
