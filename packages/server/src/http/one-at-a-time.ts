import type { RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import type { TrackExchange } from './connection-errors.ts'

/** The most requests of a connection under way: the answered one, and those sent before its answer. */
export const MAX_UNDER_WAY = 16

/**
 * Answers the requests of a connection one after the other: the next one starts when the answer before it has left this
 * process. node:http starts all requests of one read at once, up to thousands, and keeps each answer until the client
 * reads it.
 *
 * A connection with more than `MAX_UNDER_WAY` requests is cut off: node:http cannot stop in the middle of a read, and
 * frees what it made of the others only with the connection.
 *
 * @param onCutOff called for each connection that is cut off
 */
export function oneAtATime(listener: RequestListener, track: TrackExchange, onCutOff: () => void): RequestListener {
  return (request, response) => {
    const { socket } = request
    // This request is from the rest of the read in which the connection was cut off.
    if (socket.destroyed) return
    const underWay = track(request, response)
    const before = underWay.at(-2)
    if (!before) {
      listener(request, response)
    } else if (underWay.length > MAX_UNDER_WAY) {
      stopReading(socket)
      socket.destroy()
      onCutOff()
    } else {
      before.response.once('close', () => {
        // An answer with `Connection: close` was the last one.
        if (socket.writable) listener(request, response)
      })
    }
  }
}

/**
 * Makes the parser of a cut-off connection stop after the next request. Without it, node:http makes objects of all
 * requests of this read, thousands, for a closed connection. It returns what node:http's own function returns for an
 * upgrade. The next connection with this parser has its own function.
 */
function stopReading(socket: Socket & { parser?: { onIncoming?: unknown } | null }): void {
  const STOP = 2
  if (socket.parser?.onIncoming) socket.parser.onIncoming = () => STOP
}
