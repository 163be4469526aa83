import type { ServerConnection } from './server-connection.ts'

/** What a server says of itself. */
export interface ServerFacts {
  /** Another one after each start. */
  readonly run: string
  /** Another one after each failover. */
  readonly replication: string
  readonly isMaster: boolean
  /** `noeviction` is the only one that forgets nothing. */
  readonly evictionPolicy: string | undefined
}

/** Asks a server by INFO, which every user of the admission may do; CONFIG is often forbidden. */
export async function readServerFacts(connection: ServerConnection): Promise<ServerFacts> {
  const info = String(await connection.send(['INFO']))
  const read = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]
  return {
    run: read('run_id') ?? '',
    replication: read('master_replid') ?? '',
    isMaster: (read('role') ?? 'master') === 'master',
    evictionPolicy: read('maxmemory_policy'),
  }
}
