import type { AdmissionClocks } from '@countersign/gate'
import { type Address, nameOf } from './address.ts'
import { callScript, type Script } from './call-script.ts'
import { type Epoch, type Hello, helloOf } from './epoch.ts'
import { inTime } from './in-time.ts'
import { LocalBuckets } from './local-buckets.ts'
import { RedisClock } from './redis-clock.ts'
import type { RedisEvent, RedisProblem } from './redis-event.ts'
import { messageOf, NoAnswer, problemOf } from './redis-problem.ts'
import { RedisSetupError } from './redis-setup-error.ts'
import { ALONE_AT_MOST_MS } from './script.ts'
import { type Argument, CONNECT_WITHIN_MS, connectTo, type ServerConnection } from './server-connection.ts'
import { readServerFacts, type ServerFacts } from './server-facts.ts'

/** After so many failures in a row Redis is not asked, but for one try a second. */
const FAILURES = 3
export const TRY_EVERY_MS = 1_000
/** A process that starts is patient. One that has lost Redis tries again soon. */
const FIRST_CONNECTION_WITHIN_MS = 10_000
/** So many tries that fail end the connection: the network may have forgotten it. */
const TRIES_OF_CONNECTION = 3
const FIRST_PAUSE_MS = 50
/** Beyond this, claims are refused: two nodes then differ by at most what claims are kept longer for. */
const CLOCKS_DIFFER_MS = 2_500
/** How much later than its time limit a call may run in Redis. */
const LATE_MS = 200
const EARLY_MS = 1_000
/** A sign and a try have more time than a request: nobody waits for them. */
const HELLO_WITHIN_MS = 1_000
/** An admission decides alone only this long after its last sign and the sign's time limit: by then its part is set aside. */
const ALONE_AFTER_MS = 4_000

/** What all links of an admission have in common. */
export interface LinkSettings {
  readonly script: Script
  readonly timeoutMs: number
  readonly clocks: AdmissionClocks
  readonly report: (event: RedisEvent) => void
  /** The part of each bucket that this admission gives out alone; 0 for `refuse`. */
  readonly share: number
  readonly instance: string
}

/** What a link knew of the deployment before it. */
export interface Known {
  readonly id: string
  /** By Redis' clock: its last answer. */
  readonly contactMs: number
}

/** How a link reaches its server. */
export interface LinkPlace {
  readonly find: () => Promise<Address>
  /** The keys of the state: its hash, and the members. */
  readonly stateKeys: readonly [string, string]
  readonly known?: Known | undefined
}

/** One server: the connection, what is known of its memory and its clock, and whether it is asked. */
export class RedisLink {
  readonly stateKeys: readonly [string, string]
  calls = 0

  readonly #settings: LinkSettings
  readonly #find: () => Promise<Address>
  readonly #clock = new RedisClock()
  #connection: ServerConnection | undefined
  #server = ''
  #facts: ServerFacts | undefined
  #epoch: Epoch | undefined
  #known: Known | undefined
  #isUp = false
  #isClosed = false
  #failures = 0
  #failedTries = 0
  #circuitOpenedAt: number | undefined
  #isClockOff = false
  #isMember = false
  #wasTooMany = false
  #signSentMs = Number.NEGATIVE_INFINITY
  #local: LocalBuckets | undefined
  #isReturning = false
  #opening: Promise<void> | undefined
  #greeting: Promise<void> | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #isLostReported = false
  readonly #reportedAt = new Map<RedisProblem, number>()

  constructor(settings: LinkSettings, { find, stateKeys, known }: LinkPlace) {
    this.#settings = settings
    this.#find = find
    this.#known = known
    this.stateKeys = stateKeys
  }

  /** Whether the server is asked. */
  get isUp(): boolean {
    return this.#isUp
  }

  get server(): string {
    return this.#server
  }

  get known(): Known | undefined {
    return this.#known
  }

  get epoch(): Epoch | undefined {
    return this.#epoch
  }

  /** Redis' clock minus this node's wall clock. */
  get clockOffsetMs(): number | undefined {
    const redisMs = this.#clock.at(this.#settings.clocks.monotonicMs())
    return redisMs === undefined ? undefined : redisMs - this.#settings.clocks.wallMs()
  }

  /** Whether the clocks differ too much for claims. Reports the change. */
  get isClockOff(): boolean {
    const offsetMs = this.clockOffsetMs
    if (offsetMs === undefined) return false
    const isOff = Math.abs(offsetMs) > CLOCKS_DIFFER_MS
    if (isOff !== this.#isClockOff) {
      this.#isClockOff = isOff
      const server = this.#server
      this.#settings.report(isOff ? { kind: 'clock_off', server, offsetMs } : { kind: 'clock_right', server })
    }
    return isOff
  }

  /** Unix milliseconds by this node's wall clock: what was signed earlier may have been forgotten. */
  get claimsSinceMs(): number {
    return Math.floor((this.#epoch?.sinceMs ?? 0) - (this.clockOffsetMs ?? 0))
  }

  /** This process's buckets for an outage, while it may decide alone. */
  get local(): LocalBuckets | undefined {
    const { share, clocks } = this.#settings
    if (this.#isUp || this.#isReturning || share <= 0 || !this.#isMember) return undefined
    const sinceMs = this.#signSentMs + ALONE_AFTER_MS + this.#helloWithinMs
    const monotonicMs = clocks.monotonicMs()
    if (monotonicMs < sinceMs || monotonicMs > this.#signSentMs + ALONE_AT_MOST_MS - ALONE_AFTER_MS) return undefined
    this.#local ??= new LocalBuckets(share, sinceMs)
    return this.#local
  }

  /** Connects for the first time. It throws where another try would fail too. */
  async open(): Promise<void> {
    try {
      await this.#connect(FIRST_CONNECTION_WITHIN_MS)
    } catch (error) {
      this.#drop()
      throw error instanceof RedisSetupError ? error : setupErrorOf(error)
    }
    this.#schedule(TRY_EVERY_MS)
  }

  /** Connects, and goes on trying if that fails. */
  async openPatiently(): Promise<void> {
    await this.tick()
  }

  /**
   * Runs the script. It rejects if there is no answer in time: then nobody knows whether it ran.
   *
   * @returns its answer without the time; `undefined` if it did nothing, because Redis forgot or a clock was set
   */
  async decide(keys: readonly string[], given: readonly Argument[]): Promise<readonly unknown[] | undefined> {
    const { clocks, timeoutMs, share } = this.#settings
    const connection = this.#connection
    if (!connection || !this.#isUp || !this.#epoch) throw new NoAnswer('Redis is not asked')
    const sentMs = clocks.monotonicMs()
    const redisMs = this.#clock.at(sentMs) ?? 0
    this.calls++
    try {
      const limits = [`${redisMs - EARLY_MS}`, `${redisMs + timeoutMs + LATE_MS}`, `${share}`]
      const [stamp, wasDone, ...answers] = await inTime(
        callScript(connection, this.#settings.script, keys, ['batch', this.#epoch.id, ...limits, ...given]),
        timeoutMs,
      )
      this.#failures = 0
      const wasSet = this.#learn(Number(stamp) / 1000, sentMs)
      if (wasDone === 1 && !wasSet) return answers
      await this.#greet(connection, wasSet)
      if (wasDone === 1) throw new NoAnswer("Redis' clock was set: it may have forgotten claims before it decided")
      return undefined
    } catch (error) {
      if (!hasMoved(error)) this.#fail(error)
      throw error
    }
  }

  /** Sends a command whose answer is not needed. */
  async send(command: readonly Argument[]): Promise<void> {
    if (!this.#connection || !this.#isUp) throw new NoAnswer('Redis is not asked')
    await inTime(this.#connection.send(command), this.#settings.timeoutMs)
  }

  /** What happens once a second: a sign, or a try. Called by the link itself; by tests, whose clock stands still, too. */
  async tick(): Promise<void> {
    clearTimeout(this.#timer)
    let pauseMs = TRY_EVERY_MS
    try {
      if (this.#connection) await this.#greet(this.#connection, false)
      else await this.#connect()
    } catch (error) {
      if (this.#connection) this.#failTry(error)
      else {
        this.#reportProblem(error)
        this.#reportLost(error)
      }
      pauseMs = TRY_EVERY_MS
    }
    this.#schedule(pauseMs)
  }

  /** Ends the connection, and finds the server anew. */
  leave(why: string): void {
    this.#lose(this.#connection, new NoAnswer(why))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    const connection = this.#connection
    this.#isUp = false
    if (connection && this.#isMember) {
      const gone = connection.send(['ZREM', this.stateKeys[1], this.#member])
      await inTime(gone, this.#settings.timeoutMs).catch(() => undefined)
    }
    this.#drop()
  }

  get #helloWithinMs(): number {
    return Math.max(HELLO_WITHIN_MS, this.#settings.timeoutMs)
  }

  get #member(): string {
    return `${this.#settings.share} ${this.#settings.instance}`
  }

  #schedule(pauseMs: number): void {
    clearTimeout(this.#timer)
    if (this.#isClosed) return
    this.#timer = setTimeout(() => void this.tick(), pauseMs)
    this.#timer.unref()
  }

  #connect(withinMs: number = CONNECT_WITHIN_MS): Promise<void> {
    this.#opening ??= this.#openConnection(withinMs).finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async #openConnection(withinMs: number): Promise<void> {
    const address = await this.#find()
    this.#server = nameOf(address)
    const connection = await connectTo(address, (error) => this.#lose(connection, error), withinMs)
    try {
      const facts = await inTime(readServerFacts(connection), withinMs)
      if (!facts.isMaster) throw new Error('READONLY it is a replica')
      if (facts.evictionPolicy !== undefined && facts.evictionPolicy !== 'noeviction') {
        throw new RedisSetupError(
          `Redis' maxmemory-policy is ${facts.evictionPolicy}: set it to noeviction, or Redis could forget that a signature was used`,
        )
      }
      await inTime(connection.send(['SCRIPT', 'LOAD', this.#settings.script.text]), withinMs)
      if (this.#isClosed) throw new NoAnswer('closed')
      this.#connection = connection
      this.#facts = facts
      this.#failures = 0
      this.#failedTries = 0
      await this.#greet(connection, false, Math.max(withinMs, this.#helloWithinMs))
    } catch (error) {
      connection.destroy()
      if (this.#connection === connection) this.#connection = undefined
      throw error
    }
    this.#isLostReported = false
    this.#settings.report({ kind: 'connected', server: this.#server })
  }

  /** Reads the epoch or renews it, gives a sign, and asks the server from then on. */
  async #greet(
    connection: ServerConnection,
    wasClockSet: boolean,
    withinMs: number = this.#helloWithinMs,
  ): Promise<void> {
    while (this.#greeting) {
      if (!wasClockSet) return this.#greeting
      // It does not say that the clock was set, so another one follows it.
      await this.#greeting.catch(() => undefined)
    }
    this.#greeting = this.#greetOnce(connection, wasClockSet, withinMs).finally(() => {
      this.#greeting = undefined
    })
    return this.#greeting
  }

  async #greetOnce(connection: ServerConnection, wasClockSet: boolean, withinMs: number): Promise<void> {
    // A try is no sign: while this admission may decide alone, its part must stay aside.
    const wasUp = this.#isUp
    const wasSet = await this.#hello(connection, wasClockSet, wasUp, withinMs)
    if (!wasUp) this.#isReturning = true
    try {
      if (wasSet || (!wasUp && this.#settings.share > 0))
        await this.#hello(connection, wasSet, true, this.#helloWithinMs)
    } finally {
      this.#isReturning = false
    }
    this.#local = undefined
    if (this.#connection !== connection) return
    this.#failedTries = 0
    this.#failures = 0
    this.#isUp = true
    const openedAt = this.#circuitOpenedAt
    this.#circuitOpenedAt = undefined
    if (openedAt !== undefined) {
      const afterMs = Math.round(this.#settings.clocks.monotonicMs() - openedAt)
      this.#settings.report({ kind: 'circuit_closed', server: this.#server, afterMs })
    }
    void this.isClockOff
  }

  /** @returns whether Redis' clock was set */
  async #hello(
    connection: ServerConnection,
    wasClockSet: boolean,
    isSign: boolean,
    withinMs: number,
  ): Promise<boolean> {
    const { clocks, script, share, report } = this.#settings
    const facts = this.#facts
    if (!facts) throw new NoAnswer('Redis is not asked')
    const known = this.#known
    const sentMs = clocks.monotonicMs()
    const gives = isSign && share > 0
    if (gives) this.#signSentMs = sentMs
    const given = [
      'hello',
      facts.run,
      facts.replication,
      known?.id ?? '',
      `${known?.contactMs ?? 0}`,
      wasClockSet ? '1' : '0',
      `${share}`,
      gives ? this.#member : '',
      `${(this.#clock.at(sentMs) ?? 0) + withinMs + LATE_MS}`,
    ]
    const answered: Hello = helloOf(await inTime(callScript(connection, script, this.stateKeys, given), withinMs))
    this.#epoch = answered.epoch
    const wasSet = this.#learn(answered.redisMs, sentMs)
    this.#known = { id: answered.epoch.id, contactMs: answered.redisMs }
    if (known && known.id !== answered.epoch.id) {
      report({ kind: 'restarted', server: this.#server, sinceMs: this.claimsSinceMs })
    }
    if (gives) {
      this.#isMember = answered.isMember
      if (answered.isTooMany && !this.#wasTooMany) report({ kind: 'too_many_nodes', server: this.#server })
      this.#wasTooMany = answered.isTooMany
    }
    return wasSet
  }

  #learn(redisMs: number, sentMs: number): boolean {
    if (this.#known) this.#known = { id: this.#known.id, contactMs: redisMs }
    return this.#clock.learn(redisMs, sentMs, this.#settings.clocks.monotonicMs())
  }

  #fail(error: unknown): void {
    this.#reportProblem(error)
    this.#failures++
    if (this.#failures >= FAILURES || mustFindMaster(error)) this.#openCircuit()
    if (mustFindMaster(error)) this.#lose(this.#connection, error)
  }

  #failTry(error: unknown): void {
    this.#fail(error)
    this.#failedTries++
    if (this.#failedTries >= TRIES_OF_CONNECTION) this.#lose(this.#connection, error)
  }

  #openCircuit(): void {
    if (!this.#isUp) return
    this.#isUp = false
    this.#circuitOpenedAt = this.#settings.clocks.monotonicMs()
    this.#settings.report({ kind: 'circuit_open', server: this.#server })
  }

  /** The connection has ended, or is of no use. */
  #lose(connection: ServerConnection | undefined, error: unknown): void {
    if (!connection || this.#connection !== connection) return
    this.#drop()
    this.#reportLost(error)
    this.#schedule(FIRST_PAUSE_MS)
  }

  #drop(): void {
    this.#isUp = false
    this.#connection?.destroy()
    this.#connection = undefined
  }

  #reportLost(error: unknown): void {
    if (this.#isLostReported || this.#isClosed) return
    this.#isLostReported = true
    this.#settings.report({ kind: 'lost', server: this.#server, message: messageOf(error) })
  }

  #reportProblem(error: unknown): void {
    if (this.#isClosed) return
    this.reportProblem(error instanceof RedisSetupError ? 'policy' : problemOf(error), messageOf(error))
  }

  /** At most once a second for each problem. */
  reportProblem(problem: RedisProblem, message: string): void {
    const now = performance.now()
    if (now - (this.#reportedAt.get(problem) ?? Number.NEGATIVE_INFINITY) < 1_000) return
    this.#reportedAt.set(problem, now)
    this.#settings.report({ kind: 'problem', problem, server: this.#server, message })
  }
}

/** Whether the keys are another server's: the call did nothing. */
export function hasMoved(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('MOVED')
}

/** Whether the server is not the master any more, so that another must be found. */
function mustFindMaster(error: unknown): boolean {
  return problemOf(error) === 'readonly'
}

function setupErrorOf(error: unknown): RedisSetupError {
  const message = messageOf(error)
  const causes: Partial<Record<RedisProblem, string>> = {
    auth: `Redis refuses the user or the password, or the user may not do what is needed: ${message}`,
    readonly: `Redis is a replica; the admission needs the master: ${message}`,
    loading: `Redis does not answer yet: ${message}`,
    script: `Redis cannot run the admission's script: ${message}`,
  }
  return new RedisSetupError(causes[problemOf(error)] ?? `Redis cannot be reached: ${message}`, { cause: error })
}
