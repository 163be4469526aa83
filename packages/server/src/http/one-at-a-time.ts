import type { RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import type { TrackExchange } from './connection-errors.ts'

/** Requests that a connection may have under way: the one that is answered, and those sent ahead of its answer. */
export const MAX_UNDER_WAY = 16

/**
 * Answers the requests of a connection one after the other: the next one starts when the answer before it has left this
 * process. node:http starts all requests of one read at once, up to thousands, and keeps each answer until the client reads it.
 *
 * A connection with more than `MAX_UNDER_WAY` requests is cut off, since node:http cannot be made to stop in the middle of a
 * read, and what it has made of the others is freed only with the connection.
 *
 * @param onCutOff called for each connection that is cut off
 */
export function oneAtATime(listener: RequestListener, track: TrackExchange, onCutOff: () => void): RequestListener {
  return (request, response) => {
    const { socket } = request
    // The rest of the read in which the connection was cut off.
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
 * Makes the parser of a connection that is cut off stop after the request that comes next: without it, node:http makes objects of
 * all requests of this read, thousands, for a connection that is closed. What it returns is what node:http's own function returns
 * for an upgrade; the next connection that gets this parser has its own function.
 */
function stopReading(socket: Socket & { parser?: { onIncoming?: unknown } | null }): void {
  const STOP = 2
  if (socket.parser?.onIncoming) socket.parser.onIncoming = () => STOP
}
