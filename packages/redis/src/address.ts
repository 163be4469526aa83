import { isIP } from 'node:net'
import type { RedisConnection, RedisCredentials, RedisTls } from './connection.ts'
import { RedisSetupError } from './redis-setup-error.ts'

/** One server, and how to sign in to it. */
export interface Address extends RedisCredentials {
  readonly host: string
  readonly port: number
  readonly isTls: boolean
  readonly tls?: RedisTls | undefined
  readonly database?: number | undefined
}

/** `host:port`, for messages. */
export function nameOf({ host, port }: Pick<Address, 'host' | 'port'>): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`
}

/** The address that a URL names. No message repeats the URL, because it can hold a password. */
export function addressOf(url: string, tls: RedisTls | undefined, defaultPort = 6379): Address {
  const parsed = URL.parse(url)
  const scheme = parsed?.protocol
  if (!parsed || (scheme !== 'redis:' && scheme !== 'rediss:') || parsed.hostname === '') {
    throw new RedisSetupError("Redis' URL must be redis://host:port or rediss://host:port")
  }
  const database = parsed.pathname.slice(1)
  if (!/^\d{0,4}$/.test(database)) throw new RedisSetupError("the path of Redis' URL must be a database number")
  return {
    host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: parsed.port === '' ? defaultPort : Number(parsed.port),
    isTls: scheme === 'rediss:',
    tls,
    username: parsed.username === '' ? undefined : decodeURIComponent(parsed.username),
    password: parsed.password === '' ? undefined : decodeURIComponent(parsed.password),
    database: database === '' ? undefined : Number(database),
  }
}

/** The addresses of a connection's URLs: of the server, the Sentinels, or some nodes of the cluster. */
export function addressesOf(connection: RedisConnection): Address[] {
  const urls = connection.kind === 'single' ? [connection.url] : connection.urls
  if (urls.length === 0) throw new RedisSetupError('Redis has no URL')
  const port = connection.kind === 'sentinel' ? 26_379 : 6379
  return urls.map((url) => addressOf(url, connection.tls, port))
}
