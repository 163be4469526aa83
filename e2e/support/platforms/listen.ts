import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'

/** An HTTP server of the platform that answers by the Fetch API, on a free port of this machine. */
export interface Listening {
  readonly url: string
  close(): Promise<unknown>
}

type Handler = (request: Request) => Promise<Response>

/** As much as is used here of the globals of Deno and Bun. */
const { Deno, Bun } = globalThis as {
  Deno?: {
    serve(options: object, handler: Handler): { readonly addr: { readonly port: number }; shutdown(): Promise<void> }
  }
  Bun?: { serve(options: object): { readonly port: number; stop(isNow: boolean): Promise<void> } }
}

/** Listens by what the platform itself has for it: `Deno.serve`, `Bun.serve`, or node:http. */
export async function listen(fetch: Handler): Promise<Listening> {
  const hostname = '127.0.0.1'
  if (Deno) {
    const server = Deno.serve({ port: 0, hostname, onListen: () => undefined }, fetch)
    return { url: `http://${hostname}:${server.addr.port}`, close: () => server.shutdown() }
  }
  if (Bun) {
    const server = Bun.serve({ port: 0, hostname, fetch })
    return { url: `http://${hostname}:${server.port}`, close: () => server.stop(true) }
  }
  const server = createServer(getRequestListener(fetch)).listen(0, hostname)
  await once(server, 'listening')
  return {
    url: `http://${hostname}:${(server.address() as AddressInfo).port}`,
    close: async () => server.close().closeAllConnections(),
  }
}
