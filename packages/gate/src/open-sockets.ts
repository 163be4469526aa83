import { type MaybePromise, REFUSALS } from '@countersign/protocol'
import type { WebSocket } from 'ws'
import type { Denied } from './decision.ts'

/** Sockets that stay open only while the gate would still allow them. */
export interface OpenSockets {
  /** @param recheck what would refuse the socket now */
  add(socket: WebSocket, recheck: Recheck): void
}

type Recheck = () => MaybePromise<Denied | undefined>

/** A peer that does not complete the closing of its socket within this time is cut off. */
const CLOSE_WITHIN_MS = 250
const POLICY_VIOLATION = 1008
const TRY_AGAIN_LATER = 1013

/**
 * Checks all open sockets at this interval, and closes those that would be refused now. If a check fails, the socket is
 * closed too: what cannot be known is not allowed.
 */
export function createOpenSockets(recheckEveryMs: number, faulted: (fault: unknown) => void): OpenSockets {
  const open = new Map<WebSocket, Recheck>()
  const beingChecked = new Set<WebSocket>()
  let timer: NodeJS.Timeout | undefined

  function checkAll(): void {
    for (const [socket, recheck] of open) if (!beingChecked.has(socket)) void check(socket, recheck)
  }

  async function check(socket: WebSocket, recheck: Recheck): Promise<void> {
    beingChecked.add(socket)
    try {
      const refused = await recheck()
      if (refused) end(socket, refused.denied)
    } catch (fault) {
      end(socket, 'internal_error')
      faulted(fault)
    }
    beingChecked.delete(socket)
  }

  function end(socket: WebSocket, refused: Denied['denied']): void {
    forget(socket)
    close(socket, refused)
  }

  function forget(socket: WebSocket): void {
    open.delete(socket)
    if (open.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  return {
    add(socket, recheck) {
      open.set(socket, recheck)
      socket.once('close', () => forget(socket))
      timer ??= setInterval(checkAll, recheckEveryMs).unref()
    },
  }
}

/** Messages that the peer still sends are ignored. */
function close(socket: WebSocket, refused: Denied['denied']): void {
  const row: { status: number; code: string; details?: string } = REFUSALS[refused]
  socket.close(row.status >= 500 ? TRY_AGAIN_LATER : POLICY_VIOLATION, row.details ?? row.code)
  socket.removeAllListeners('message')
  setTimeout(() => socket.terminate(), CLOSE_WITHIN_MS).unref()
}
