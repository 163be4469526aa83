import type { RedisConnection, RedisCredentials } from '@countersign/redis'
import type { Settings } from './settings.ts'

/** What says where Redis is. */
export type RedisPlace = Pick<Settings, 'redisUrl' | 'redis'>

/** Where Redis is; `undefined` if no setting names one. The settings have no {@link redisProblems}. */
export function redisConnection({ redisUrl, redis }: RedisPlace): RedisConnection | undefined {
  const { mode, urls, sentinelName = '' } = redis
  const all = [...(redisUrl === undefined ? [] : [redisUrl]), ...urls]
  const [first] = all
  if (first === undefined) return undefined
  if (mode === 'single') return { kind: 'single', url: first }
  if (mode === 'cluster') return { kind: 'cluster', urls: all }
  if (redisUrl === undefined || urls.length === 0) return { kind: 'sentinel', name: sentinelName, urls: all }
  const isTls = redisUrl.startsWith('rediss:')
  return { kind: 'sentinel', name: sentinelName, urls, redis: credentialsOf(redisUrl), isTls }
}

/** Settings of Redis that do not fit together, one sentence each. */
export function redisProblems({ redisUrl, redis }: RedisPlace): string[] {
  const { mode, urls, sentinelName } = redis
  const count = urls.length + (redisUrl === undefined ? 0 : 1)
  const problems: string[] = []
  if (mode === 'single' && count > 1) {
    problems.push(
      'redis.urls: one Redis is enough for "redis.mode": "single": leave out redis.urls or COUNTERSIGN_REDIS_URL, or choose sentinel or cluster',
    )
  }
  if (mode !== 'single' && count === 0) {
    problems.push(`redis.urls: "redis.mode": "${mode}" needs at least one URL here`)
  }
  if (mode === 'sentinel' && sentinelName === undefined) {
    problems.push('redis.sentinelName: "redis.mode": "sentinel" needs the name of the master')
  }
  const named = urls.map((url, i): [string, string] => [`redis.urls.${i}`, url])
  if (redisUrl !== undefined) named.unshift(['COUNTERSIGN_REDIS_URL', redisUrl])
  for (const [name, url] of named) {
    if (!isReadable(url)) problems.push(`${name}: no host or port can be read: percent-encode user and password`)
  }
  return problems
}

/** The form of the settings allows more than a URL. */
function isReadable(url: string): boolean {
  const parsed = URL.parse(url)
  if (!parsed || parsed.hostname === '') return false
  try {
    return [parsed.username, parsed.password].every((text) => decodeURIComponent(text) !== undefined)
  } catch {
    return false
  }
}

function credentialsOf(url: string): RedisCredentials {
  const { username, password } = new URL(url)
  return {
    username: username === '' ? undefined : decodeURIComponent(username),
    password: password === '' ? undefined : decodeURIComponent(password),
  }
}
