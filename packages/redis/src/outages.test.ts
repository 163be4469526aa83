import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { charge, newClaim, type Opened, open } from '../test/opened.ts'
import { HAS_REDIS, startRedis, startSentinel, type TestRedis, until } from '../test/redis-server.ts'
import { scriptOf } from './call-script.ts'
import type { RedisConnection } from './connection.ts'
import { openWithScript } from './open-redis-admission.ts'
import { RedisSetupError } from './redis-setup-error.ts'
import { ADMISSION_SCRIPT } from './script.ts'

describe.runIf(HAS_REDIS)('one server', () => {
  let redis: TestRedis
  let opened: Opened
  const single = (): RedisConnection => ({ kind: 'single', url: redis.url })
  beforeEach(async () => {
    redis = await startRedis()
    opened = await open(single())
  })
  afterEach(async () => {
    await opened[Symbol.asyncDispose]()
    redis.signal('SIGCONT')
    await redis.remove()
  })

  test('stands still: unavailable within the time limit, then at once; nothing that waited is done later', async () => {
    const timeoutMs = 1_000
    await using hasty = await open(single(), { timeoutMs, secret: 'one' })
    await using other = await open(single(), { secret: 'one' })
    const [before, during] = [newClaim(), newClaim()]
    expect(await hasty.claim(before, charge(10))).toBe('admitted')
    redis.signal('SIGSTOP')
    const waiting: Promise<string>[] = []
    for (let turn = 0; turn < 3; turn++) {
      waiting.push(hasty.claim(during, charge(10)))
      await new Promise(setImmediate)
    }
    expect(await Promise.all(waiting)).toEqual(['unavailable', 'unavailable', 'unavailable'])
    await hasty.untilDown()
    const { calls } = hasty.admission.status()
    expect([await hasty.claim(newClaim()), await hasty.take(charge(1))]).toEqual(['unavailable', 'unavailable'])
    expect(await hasty.admission.tokensIn('a', 'a write', charge(0))).toBeUndefined()
    expect(hasty.admission.status().calls).toBe(calls)
    // Until its calls are late for Redis too.
    await new Promise((resolve) => setTimeout(resolve, 500))
    redis.signal('SIGCONT')
    await Promise.all([hasty.untilUp(), other.untilUp()])
    expect(hasty.kinds()).toEqual(expect.arrayContaining(['no_answer', 'circuit_open', 'circuit_closed']))
    expect([await other.claim(before), await other.claim(during)]).toEqual(['already_used', 'admitted'])
    expect(await other.admission.tokensIn('a', 'a write', charge(0))).toBeCloseTo(90, 0)
  })

  test('killed, and started empty: what was signed before is refused once, and no bucket is full again', async () => {
    const [used, unused] = [newClaim(), newClaim()]
    expect(await opened.claim(used, charge(90))).toBe('admitted')
    await redis.kill()
    await opened.untilDown()
    expect([await opened.claim(newClaim()), await opened.take(charge(1))]).toEqual(['unavailable', 'unavailable'])
    await redis.start()
    await opened.untilUp()
    expect(opened.kinds()).toEqual(expect.arrayContaining(['lost', 'restarted', 'connected']))
    expect([await opened.claim(used), await opened.claim(unused)]).toEqual([
      'signed_before_start',
      'signed_before_start',
    ])
    const next = newClaim(-5)
    expect([await opened.claim(next), await opened.claim(next)]).toEqual(['admitted', 'already_used'])
    expect([await opened.take(charge(10)), await opened.take(charge(10, 'a read'))]).toEqual(['limited', 'limited'])
  })

  test('all nodes agree since when it remembers, whichever comes first', async () => {
    const secret = 'one'
    await using first = await open(single(), { secret })
    const old = newClaim()
    expect(await first.claim(old, charge(90))).toBe('admitted')
    await redis.kill()
    await redis.start()
    await using fresh = await open(single(), { secret })
    await first.untilUp()
    await until(() => first.kinds().includes('restarted'))
    for (const node of [first, fresh]) {
      expect(await node.claim(old)).toBe('signed_before_start')
      expect(await node.take(charge(90))).toBe('limited')
    }
    const next = newClaim(-5)
    expect([await first.claim(next), await fresh.claim(next)]).toEqual(['admitted', 'already_used'])
  })

  test('a node that starts in an emptied Redis does not make full what another has taken', async () => {
    let isCut = false
    const script = scriptOf(ADMISSION_SCRIPT, () => {
      if (isCut) throw new Error('cut off')
      return []
    })
    const options = { connection: single(), secret: 'one', timeoutMs: 10_000 }
    await using first = await openWithScript(options, script)
    const take = async (admission: Pick<typeof first, 'admit'>) =>
      (await admission.admit({ accountId: 'a', charges: [charge(90)] })).outcome
    expect(await take(first)).toBe('admitted')
    isCut = true
    await redis.ask('FLUSHALL')
    await using fresh = await openWithScript(options, scriptOf(ADMISSION_SCRIPT))
    isCut = false
    await first.servers.tick()
    expect([await take(first), await take(fresh)]).toEqual(['limited', 'limited'])
  })

  test('a node that starts later believes the epoch of the others', async () => {
    const secret = 'one'
    await using first = await open(single(), { secret })
    const claim = newClaim()
    expect(await first.claim(claim, charge(10))).toBe('admitted')
    await using second = await open(single(), { secret })
    expect([await second.claim(claim), await second.claim(newClaim(), charge(80))]).toEqual([
      'already_used',
      'admitted',
    ])
    expect(await first.take(charge(20))).toBe('limited')
    expect([first.kinds(), second.kinds()]).toEqual([['connected'], ['connected']])
  })

  test('emptied under a live connection: seen by the next batch', async () => {
    const used = newClaim()
    expect(await opened.claim(used, charge(90))).toBe('admitted')
    await redis.ask('FLUSHALL')
    expect([await opened.claim(used), await opened.take(charge(90))]).toEqual(['signed_before_start', 'limited'])
    expect(opened.kinds()).toContain('restarted')
    expect(await opened.claim(newClaim(-5))).toBe('admitted')
  })

  test('emptied of the script: it is sent again, and decides', async () => {
    await redis.ask('SCRIPT', 'FLUSH')
    const claim = newClaim()
    expect([await opened.claim(claim), await opened.claim(claim)]).toEqual(['admitted', 'already_used'])
  })

  test('full: a known claim is known, a new one is full, and nothing is half written', async () => {
    const known = newClaim()
    expect(await opened.claim(known, charge(10))).toBe('admitted')
    await redis.ask('CONFIG', 'SET', 'maxmemory', '1')
    const waiting = newClaim()
    expect(await opened.claim(known)).toBe('already_used')
    expect([await opened.claim(waiting, charge(10)), await opened.take(charge(10, 'a new'))]).toEqual(['full', 'full'])
    expect(await opened.take(charge(200))).toBe('limited')
    expect(opened.kinds()).toContain('oom')
    await redis.ask('CONFIG', 'SET', 'maxmemory', '0')
    expect(await opened.claim(waiting, charge(10))).toBe('admitted')
    expect(await opened.admission.tokensIn('a', 'a write', charge(0))).toBeCloseTo(80, 0)
  })

  test('wants a password that it does not get', async () => {
    await redis.ask('CONFIG', 'SET', 'requirepass', 'secret')
    const url = (credentials: string) => `redis://${credentials}@127.0.0.1:${redis.port}`
    await expect(open(single())).rejects.toThrow(RedisSetupError)
    await expect(open({ kind: 'single', url: url(':wrong') })).rejects.toThrow(/refuses the user or the password/)
    await using right = await open({ kind: 'single', url: url(':secret') })
    // What was signed within the first call may be from before it.
    await until(async () => (await right.claim(newClaim())) === 'admitted')
  })

  test('a user that may not do what is needed', async () => {
    await redis.ask('ACL', 'SETUSER', 'gate', 'on', '>pw', '~*', '+@all')
    const connection = { kind: 'single', url: `redis://gate:pw@127.0.0.1:${redis.port}` } as const
    await using allowed = await open(connection)
    await until(async () => (await allowed.claim(newClaim())) === 'admitted')
    await redis.ask('ACL', 'SETUSER', 'gate', '-evalsha', '-eval')
    expect(await allowed.claim(newClaim())).toBe('unavailable')
    expect(allowed.kinds()).toContain('auth')
    await expect(open(connection)).rejects.toThrow(/may not do what is needed/)
    await redis.ask('ACL', 'SETUSER', 'gate', 'off')
    await redis.ask('CLIENT', 'KILL', 'USER', 'gate')
    await allowed.untilDown()
    expect(await allowed.claim(newClaim())).toBe('unavailable')
    await redis.ask('ACL', 'SETUSER', 'gate', 'on', '+@all')
    await allowed.untilUp()
    expect(await allowed.claim(newClaim(-5))).toBe('admitted')
  })

  test('needs no more than the documented commands', async () => {
    const commands = [
      'evalsha',
      'eval',
      'script|load',
      'info',
      'time',
      'get',
      'set',
      'mget',
      'del',
      'hmget',
      'hget',
      'hset',
    ]
    const rules = [...commands, 'zadd', 'zrem', 'zrange', 'zrangebyscore'].map((name) => `+${name}`)
    await redis.ask('ACL', 'SETUSER', 'gate', 'on', '>pw', '~*', '-@all', ...rules)
    const connection = { kind: 'single', url: `redis://gate:pw@127.0.0.1:${redis.port}` } as const
    await using least = await open(connection, { onOutage: 'divide', maxNodes: 2 })
    expect(await least.claim(newClaim(), charge(10))).toBe('admitted')
    await least.admission.forgetBucketOfKey('a', 'a write')
    expect(await least.admission.tokensIn('a', 'a write', charge(0))).toBe(100)
  })

  test('made a replica: unavailable, until it is the master again; then what was signed before is refused', async () => {
    await using master = await startRedis().then((server) => ({ server, [Symbol.asyncDispose]: () => server.remove() }))
    const used = newClaim()
    expect(await opened.claim(used)).toBe('admitted')
    await redis.ask('REPLICAOF', '127.0.0.1', `${master.server.port}`)
    await until(async () => {
      const outcome = await opened.claim(newClaim())
      return outcome === 'unavailable'
    })
    await until(() => opened.kinds().includes('readonly'))
    await expect(open(single())).rejects.toThrow(/^Redis is a replica; the admission needs the master/)
    await redis.ask('REPLICAOF', 'NO', 'ONE')
    await opened.untilUp()
    expect(await opened.claim(used)).toBe('signed_before_start')
    expect(await opened.claim(newClaim(-5))).toBe('admitted')
  })

  test('has too few replicas to write: unavailable, and said', async () => {
    await redis.ask('CONFIG', 'SET', 'min-replicas-to-write', '1')
    expect(await opened.claim(newClaim())).toBe('unavailable')
    expect(opened.kinds()).toContain('misconf')
    await redis.ask('CONFIG', 'SET', 'min-replicas-to-write', '0')
    await opened.untilUp()
    expect(await opened.claim(newClaim(-5))).toBe('admitted')
  })

  test('could evict what counts: it is not used', async () => {
    await redis.ask('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
    await expect(open(single())).rejects.toThrow(
      "Redis' maxmemory-policy is allkeys-lru: set it to noeviction, or Redis could forget that a signature was used",
    )
    await redis.ask('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await until(() => opened.kinds().includes('policy'))
    expect(await opened.claim(newClaim())).toBe('unavailable')
    await redis.ask('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    await opened.untilUp()
  })

  test('cannot be reached: the start says so in a sentence without the password', async () => {
    await redis.kill()
    const connection = { kind: 'single', url: `redis://gate:hidden@127.0.0.1:${redis.port}` } as const
    const error = await open(connection).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(RedisSetupError)
    expect(String(error)).toMatch(/^RedisSetupError: Redis cannot be reached: /)
    expect(String(error)).not.toContain('hidden')
  })
})

describe.runIf(HAS_REDIS)('Sentinel', () => {
  test('a failover: the new master is found; what was signed before is refused, and no bucket is full again', async () => {
    const master = await startRedis()
    const replica = await startRedis('--replicaof', `127.0.0.1 ${master.port}`)
    await until(async () => String(await replica.ask('INFO', 'replication')).includes('master_link_status:up'))
    const sentinel = await startSentinel('mymaster', master, replica)
    const opened = await open({ kind: 'sentinel', name: 'mymaster', urls: ['redis://127.0.0.1:1', sentinel.url] })
    try {
      const used = newClaim()
      expect(await opened.claim(used, charge(90))).toBe('admitted')
      await master.kill()
      await opened.untilDown()
      await opened.untilUp()
      expect([await opened.claim(used), await opened.take(charge(20))]).toEqual(['signed_before_start', 'limited'])
      expect(await opened.claim(newClaim(-5))).toBe('admitted')
      expect(opened.kinds()).toContain('restarted')
    } finally {
      await opened[Symbol.asyncDispose]()
      await sentinel.remove()
      await Promise.all([master.remove(), replica.remove()])
    }
  })
})
