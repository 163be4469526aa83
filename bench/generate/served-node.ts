import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { KeyHolder } from '../../e2e/support/key-holder.ts'
import { startServerProcess } from '../../e2e/support/server-process.ts'

/** A server of a checkout, as an operator starts it, on a database of its own. */
export interface ServedNode {
  readonly url: string
  readonly authorizeUrl: string
  /** Keys of accounts of their own, Ed25519. */
  readonly callers: readonly KeyHolder[]
  /** An RSA key, for questions to `/authorize`. */
  readonly signer: KeyHolder
  /** Milliseconds of processor time that all its threads have taken so far. */
  cpuMs(): Promise<number>
  /** Waits until it has made its key pairs ahead, a minute at most. An older server makes none. */
  stocked(): Promise<void>
  stop(): Promise<void>
}

/** How a node is started. */
export interface ServedNodeOptions {
  /** The checkout whose server it is. */
  readonly checkout: string
  readonly databaseUrl: string
  /** Its working folder: configuration, deployment key. */
  readonly folder: string
  readonly config: string
  readonly callers: number
  /** Key pairs that it makes ahead; 0 for an older server. */
  readonly ahead: number
}

/** A machine with other work makes none ahead. */
const STOCKED_WITHIN_MS = 60_000

/** Clock ticks of a second in /proc. */
const TICKS = 100

/** Starts a node, and gives each of its callers an account. */
export async function startNode(options: ServedNodeOptions): Promise<ServedNode> {
  const { checkout, databaseUrl, folder, config, ahead } = options
  // The checkout's own: it migrates the database.
  const helper = pathToFileURL(join(checkout, 'e2e/support/key-holder.ts')).href
  const { bootstrapKey } = (await import(helper)) as typeof import('../../e2e/support/key-holder.ts')
  const callers: KeyHolder[] = []
  for (let i = 0; i < options.callers; i++) callers.push(await bootstrapKey(databaseUrl, `caller ${i}`))
  const signer = await bootstrapKey(databaseUrl, 'signer', 'rsa')
  const server = await startServerProcess({
    databaseUrl,
    folder,
    command: [process.execPath, join(checkout, 'packages/cli/bin/countersign.js')],
    env: { COUNTERSIGN_CONFIG: config, COUNTERSIGN_LOG_LEVEL: 'warn' },
  })
  const authorizeUrl = /authorize {2}(\S+)\/authorize/.exec(await eventuallyOf(server.stderr, 'authorize'))?.[1] ?? ''
  return {
    url: server.url,
    authorizeUrl,
    callers,
    signer,
    async cpuMs() {
      const stat = await readFile(`/proc/${server.pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS
    },
    async stocked() {
      const until = performance.now() + STOCKED_WITHIN_MS
      while (performance.now() < until && (await metric(server.url, 'countersign_key_pairs_ahead')) < ahead) {
        await sleep(1_100)
      }
    },
    async stop() {
      server.signal('SIGTERM')
      await server.ended
    },
  }
}

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
}

async function eventuallyOf(text: () => string, wanted: string): Promise<string> {
  for (let i = 0; i < 100 && !text().includes(wanted); i++) await sleep(50)
  return text()
}
