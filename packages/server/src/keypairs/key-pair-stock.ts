import { ACCOUNT_SHARE, type Denied, denied } from '@countersign/gate'
import type { KeyType } from '@countersign/protocol'
import type { Logger } from 'pino'
import { generateKeyPair, type KeyPair, readKeyPair } from './generate-key-pair.ts'
import type { KeyPairBytes } from './key-pair-bytes.ts'
import { KeyPairThread, type StartWorker } from './key-pair-thread.ts'

/** RSA key pairs made ahead, in memory only. Disposing it wipes them. */
export interface KeyPairStock extends AsyncDisposable {
  /** Starts to make key pairs ahead, after a moment and one by one. */
  fill(): void
  /** Makes no more key pairs ahead. Callers still get theirs. */
  stopFilling(): void
  /**
   * A key pair that nobody else gets. Ed25519: at once. RSA: from the stock, otherwise when the thread has made one.
   *
   * @param accountId the account that gets the key
   * @returns a refusal with `Retry-After` if the queue or the account's share of it is full, or the wait too long
   */
  take(type: KeyType, accountId: string): Promise<KeyPair | Denied>
  use(): KeyPairUse
}

/** Why no key pair was handed out. */
export type KeyPairRefusal = 'queue_full' | 'account_share' | 'late' | 'failing'

/** The state of a stock, and counts since its start. RSA only. */
export interface KeyPairUse {
  readonly ahead: number
  readonly waiting: number
  readonly made: number
  /** Callers that had to wait. */
  readonly waited: number
  readonly refused: Readonly<Record<KeyPairRefusal, number>>
}

/** How a stock is kept. */
export interface KeyPairStockOptions {
  /** How many RSA key pairs are made ahead; 0 makes each when it is asked for. */
  readonly ahead: number
  readonly log: Logger
  /** Longest wait for a key pair, in milliseconds. */
  readonly waitMs: number
  /** Milliseconds of a monotonic clock. */
  readonly clock?: () => number
  readonly startWorker?: StartWorker
}

/** How long a key pair may lie in the stock, in milliseconds. */
export const MAX_AGE_MS = 3_600_000

/** The most callers that wait. The thread makes about 15 key pairs a second when it has a processor for itself. */
export const MAX_WAITING = 128

/** The most of them of one account. */
export const MAX_WAITING_OF_ACCOUNT = MAX_WAITING * ACCOUNT_SHARE

/** Time from `fill` until the first key pair is made ahead, in milliseconds: what has just started comes first. */
const FILL_AFTER_MS = 2_000

/** Pause between two key pairs that nobody waits for, in milliseconds. */
const FILL_PAUSE_MS = 100

/** Pause while other threads need the processors, in milliseconds. */
const BUSY_PAUSE_MS = 1_000

/** An empty stock. */
export function createKeyPairStock(options: KeyPairStockOptions): KeyPairStock {
  return new FilledStock(options)
}

interface Waiting {
  readonly accountId: string
  readonly answer: (pair: KeyPairBytes | KeyPairRefusal) => void
}

interface Stocked {
  readonly pair: KeyPairBytes
  readonly madeAt: number
}

class FilledStock implements KeyPairStock {
  readonly #ahead: number
  readonly #waitMs: number
  readonly #clock: () => number
  /** It makes key pairs for callers that wait: on a busy machine the filler takes seconds for each. */
  readonly #prompt: KeyPairThread
  readonly #filler: KeyPairThread
  readonly #stock: Stocked[] = []
  readonly #waiting: Waiting[] = []
  readonly #counts = { made: 0, waited: 0 }
  readonly #refused: Record<KeyPairRefusal, number> = { queue_full: 0, account_share: 0, late: 0, failing: 0 }
  #isFilled = false
  #isClosed = false
  #pause: NodeJS.Timeout | undefined
  #renewing: NodeJS.Timeout | undefined

  constructor({ ahead, waitMs, log, clock = () => performance.now(), startWorker }: KeyPairStockOptions) {
    this.#ahead = ahead
    this.#waitMs = waitMs
    this.#clock = clock
    this.#prompt = new KeyPairThread({ priority: 'normal', log, startWorker })
    this.#filler = new KeyPairThread({ priority: 'low', log, startWorker })
  }

  fill(): void {
    if (this.#ahead === 0 || this.#isFilled) return
    this.#isFilled = true
    this.#makeAheadAfter(FILL_AFTER_MS)
    // One at a time, evenly over the hour: the stock never ages as a whole.
    this.#renewing = setInterval(() => this.#renewOldest(), MAX_AGE_MS / this.#ahead).unref()
  }

  stopFilling(): void {
    this.#isFilled = false
    clearTimeout(this.#pause)
    this.#pause = undefined
    clearInterval(this.#renewing)
  }

  async take(type: KeyType, accountId: string): Promise<KeyPair | Denied> {
    if (type !== 'rsa') return generateKeyPair(type)
    this.#dropAged()
    const stocked = this.#stock.shift()
    if (!stocked) return this.#wait(accountId)
    this.#makeNext()
    return readKeyPair('rsa', stocked.pair)
  }

  use(): KeyPairUse {
    return {
      ahead: this.#stock.length,
      waiting: this.#waiting.length,
      ...this.#counts,
      refused: { ...this.#refused },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.stopFilling()
    this.#refuseAll()
    for (const stocked of this.#stock.splice(0)) wipe(stocked.pair)
    await Promise.all([this.#prompt.close(), this.#filler.close()])
  }

  async #wait(accountId: string): Promise<KeyPair | Denied> {
    const problem = this.#whyNoWait(accountId)
    if (problem) return this.#refuse(problem)
    this.#counts.waited++
    const { promise, resolve } = Promise.withResolvers<KeyPairBytes | KeyPairRefusal>()
    const waiting = { accountId, answer: resolve }
    this.#waiting.push(waiting)
    // A turn later: if this thread was held up, a key pair that was made in time arrives first.
    const timer = setTimeout(() => setImmediate(() => this.#giveUp(waiting)), this.#waitMs)
    this.#makeNext()
    const given = await promise
    clearTimeout(timer)
    return typeof given === 'string' ? this.#refuse(given) : readKeyPair('rsa', given)
  }

  #giveUp(late: Waiting): void {
    const place = this.#waiting.indexOf(late)
    if (place < 0) return
    this.#waiting.splice(place, 1)
    late.answer('late')
  }

  #whyNoWait(accountId: string): KeyPairRefusal | undefined {
    if (this.#isClosed || this.#prompt.restsMs() > 0) return 'failing'
    if (this.#waiting.length >= MAX_WAITING) return 'queue_full'
    const ofAccount = this.#waiting.filter((it) => it.accountId === accountId).length
    return ofAccount >= MAX_WAITING_OF_ACCOUNT ? 'account_share' : undefined
  }

  #refuse(why: KeyPairRefusal): Denied {
    this.#refused[why]++
    const retryAfterSeconds = Math.max(this.#waitMs, this.#prompt.restsMs()) / 1000
    return {
      ...(why === 'account_share' ? denied('account_share_full') : denied('service_unavailable', NO_PAIR)),
      retryAfterSeconds: Math.ceil(retryAfterSeconds),
    }
  }

  /** Makes the next key pair: at once if a caller waits, after a pause if only the stock is not full. */
  #makeNext(): void {
    if (this.#isClosed) return
    if (this.#waiting.length > 0) void this.#make(this.#prompt)
    else if (this.#isFilled && this.#stock.length < this.#ahead) {
      this.#makeAheadAfter(Math.max(FILL_PAUSE_MS, this.#filler.restsMs()))
    }
  }

  #makeAheadAfter(ms: number): void {
    this.#pause ??= setTimeout(() => {
      this.#pause = undefined
      if (!this.#isClosed && this.#stock.length < this.#ahead) void this.#make(this.#filler)
    }, ms).unref()
  }

  async #make(thread: KeyPairThread): Promise<void> {
    if (thread.isBusy) return
    const made = await thread.make()
    if (made === 'busy') return this.#isFilled ? this.#makeAheadAfter(BUSY_PAUSE_MS) : undefined
    if (made) this.#hand(made)
    if (this.#prompt.restsMs() > 0) this.#refuseAll()
    this.#makeNext()
  }

  #hand(pair: KeyPairBytes): void {
    this.#counts.made++
    const first = this.#waiting.shift()
    if (first) first.answer(pair)
    else if (this.#isClosed || this.#stock.length >= this.#ahead) wipe(pair)
    else this.#stock.push({ pair, madeAt: this.#clock() })
  }

  #refuseAll(): void {
    for (const { answer } of this.#waiting.splice(0)) answer('failing')
  }

  #renewOldest(): void {
    const oldest = this.#stock.shift()
    if (oldest) wipe(oldest.pair)
    this.#dropAged()
    this.#makeNext()
  }

  /** After a stop of the whole machine key pairs can be older than the interval lets them become. */
  #dropAged(): void {
    const before = this.#clock() - MAX_AGE_MS
    const kept = this.#stock.findIndex(({ madeAt }) => madeAt > before)
    const aged = this.#stock.splice(0, kept < 0 ? this.#stock.length : kept)
    for (const { pair } of aged) wipe(pair)
  }
}

const NO_PAIR = 'no key pair could be made in time; send the request again'

function wipe({ privateKey }: KeyPairBytes): void {
  privateKey.fill(0)
}
