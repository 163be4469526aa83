import { randomUUID } from 'node:crypto'
import {
  ACCOUNT_SHARE,
  type AdmissionClocks,
  type AdmissionOutcome,
  type AdmissionRequest,
  MAX_CHARGES,
  SYSTEM_CLOCKS,
  scarcest,
} from '@countersign/gate'
import { type Script, scriptOf } from './call-script.ts'
import { ALREADY_USED, decideBatch, UNAVAILABLE } from './decide-batch.ts'
import { isCounted } from './is-counted.ts'
import { Names } from './names.ts'
import { openCluster } from './open-cluster.ts'
import { openSingle } from './open-single.ts'
import type { RedisAdmission, RedisAdmissionOptions } from './redis-admission.ts'
import type { RedisLink } from './redis-link.ts'
import { ADMISSION_SCRIPT, ADMITTED, FULL, OVER_SHARE, USED } from './script.ts'
import type { Servers } from './servers.ts'
import { Turns } from './turns.ts'
import type { Answer, WaitingRequest } from './waiting-request.ts'

const DEFAULT_TIMEOUT_MS = 100
const DEFAULT_MAX_CLAIMS = 500_000
/** More requests than one server decides within its time limit. */
const MAX_PENDING = 20_000

const OUTCOMES: Readonly<Record<number, AdmissionOutcome>> = {
  [ADMITTED]: { outcome: 'admitted' },
  [USED]: ALREADY_USED,
  [OVER_SHARE]: { outcome: 'over_share', of: 'claims' },
  [FULL]: { outcome: 'full' },
}

/**
 * Connects, checks `maxmemory-policy`, and loads the script. Gates in a process use it as the server does:
 *
 * ```ts
 * import { createGate } from '@countersign/gate'
 * import { openRedisAdmission } from '@countersign/redis'
 *
 * await using admission = await openRedisAdmission({
 *   connection: { kind: 'single', url: 'rediss://gate:password@redis.example' },
 *   secret, // the same on all nodes
 *   report: (event) => console.error(event),
 * })
 * const gate = createGate({ keys, admission })
 * ```
 *
 * @throws RedisSetupError if Redis cannot be reached, refuses the user, or has a `maxmemory-policy` other than `noeviction`
 */
export async function openRedisAdmission(options: RedisAdmissionOptions): Promise<RedisAdmission> {
  return openWithScript(options, scriptOf(ADMISSION_SCRIPT))
}

/** As {@link openRedisAdmission}; tests give a script whose time they set, and what happens each second. */
export async function openWithScript(
  options: RedisAdmissionOptions,
  script: Script,
): Promise<RedisAdmission & { readonly servers: Servers }> {
  const {
    connection,
    secret,
    timeoutMs = DEFAULT_TIMEOUT_MS,
    onOutage = 'refuse',
    maxNodes = 1,
    threadsOfNode = 1,
    instance = randomUUID(),
    maxClaims = DEFAULT_MAX_CLAIMS,
    clocks = SYSTEM_CLOCKS,
    report = () => undefined,
  } = options
  const names = new Names(secret)
  const share = onOutage === 'divide' ? 1 / (maxNodes * threadsOfNode) : 0
  const settings = { script, timeoutMs, clocks, report, share, instance }
  const servers =
    connection.kind === 'cluster'
      ? await openCluster(connection, names, settings)
      : await openSingle(connection, names, settings)
  const isCluster = connection.kind === 'cluster'
  // An account's claims are counted by a bucket that fills within the life of a claim: it may hold twice this in the end.
  const shareOfClaims = Math.max(1, Math.floor(maxClaims * ACCOUNT_SHARE))
  const ask = askInTurns(servers, names, { clocks, shareOfClaims, isCluster })
  return admissionOver({ servers, names, ask, clocks })
}

/** Decides a request in Redis, or asks what its buckets hold. */
type Ask = (request: AdmissionRequest, isQuestion: boolean) => Promise<Answer>

/** Sends the requests of one turn of the event loop to each server in one call. */
function askInTurns(
  servers: Servers,
  names: Names,
  how: { readonly clocks: AdmissionClocks; readonly shareOfClaims: number; readonly isCluster: boolean },
): Ask {
  const turns = new Turns<WaitingRequest>((batch) => {
    for (const [link, own] of Map.groupBy(batch, ({ slot }) => servers.of(slot))) {
      if (link) void decideBatch(link, own, { ...how, again })
      else for (const { settle } of own) settle(UNAVAILABLE)
    }
  })
  function again(waiting: WaitingRequest, movedTo?: string): void {
    if (movedTo === undefined) turns.add(waiting)
    else
      servers.lookAgain(movedTo).then(
        () => turns.add(waiting),
        () => waiting.settle(UNAVAILABLE),
      )
  }

  return (request, isQuestion) => {
    const { accountId, claim, charges } = request
    const account = names.account(accountId)
    const isCountedToo = isCounted(request, how.shareOfClaims)
    const keys = claim ? [names.claim(account, claim.key)] : []
    if (isCountedToo) keys.push(account.share)
    for (const { bucket } of charges) keys.push(names.bucket(account, bucket))
    const { promise, resolve: settle } = Promise.withResolvers<Answer>()
    turns.add({ request, slot: account.slot, keys, isCounted: isCountedToo, isQuestion, isSecondTry: false, settle })
    return promise
  }
}

/** What an admission works with. */
interface AdmissionParts {
  readonly servers: Servers
  readonly names: Names
  readonly ask: Ask
  readonly clocks: AdmissionClocks
}

function admissionOver({
  servers,
  names,
  ask,
  clocks,
}: AdmissionParts): RedisAdmission & { readonly servers: Servers } {
  const counts = { pending: 0, decided: 0, unavailable: 0, divided: 0 }

  /** While the account's server is not asked. */
  function admitWithoutRedis(link: RedisLink | undefined, request: AdmissionRequest): AdmissionOutcome {
    const local = request.claim ? undefined : link?.local
    if (local) counts.divided++
    else counts.unavailable++
    return local?.admit(request, clocks.monotonicMs()) ?? UNAVAILABLE
  }

  async function admitWithRedis(link: RedisLink, request: AdmissionRequest): Promise<AdmissionOutcome> {
    counts.pending++
    const answer = await ask(request, false)
    counts.pending--
    const outcome = outcomeOf(answer, request)
    if (outcome.outcome === 'unavailable') counts.unavailable++
    else counts.decided++
    if (outcome.outcome === 'full') {
      link.reportProblem('oom', 'OOM its memory is full: new claims and buckets are refused')
    }
    return outcome
  }

  return {
    servers,

    admit(request) {
      const { accountId, claim, charges } = request
      if (charges.length > MAX_CHARGES) throw new Error(`a request has at most ${MAX_CHARGES} charges`)
      if (!claim && charges.every(({ cost }) => cost <= 0)) return OUTCOMES[ADMITTED] as AdmissionOutcome
      const link = servers.of(names.account(accountId).slot)
      if (link?.isUp && counts.pending < MAX_PENDING) return admitWithRedis(link, request)
      return admitWithoutRedis(link, request)
    },

    async tokensIn(accountId, bucket, size) {
      const charge = { ...size, name: '', bucket, cost: 0 }
      const answer = await ask({ accountId, charges: [charge] }, true)
      return typeof answer === 'string' ? Number(answer) : undefined
    },

    async forgetBucketOfKey(accountId, bucket) {
      const account = names.account(accountId)
      await servers
        .of(account.slot)
        ?.send(['DEL', names.bucket(account, bucket)])
        .catch(() => undefined)
    },

    status: () => ({ ...counts, ...statusOf(servers.links) }),

    [Symbol.asyncDispose]: () => servers.close(),
  }
}

function outcomeOf(answer: Answer, { charges }: AdmissionRequest): AdmissionOutcome {
  if (typeof answer === 'object') return answer
  if (typeof answer === 'number') return OUTCOMES[answer] ?? UNAVAILABLE
  const limited = scarcest(charges, answer.split(' ').map(Number))
  return limited ? { outcome: 'limited', ...limited } : UNAVAILABLE
}

function statusOf(links: Servers['links']) {
  const isUp = links.length > 0 && links.every((link) => link.isUp)
  const offsets = links.flatMap(({ clockOffsetMs }) => clockOffsetMs ?? [])
  return {
    id: isUp ? idOf(links) : undefined,
    isUp,
    clockOffsetMs: offsets.sort((a, b) => Math.abs(b) - Math.abs(a))[0],
    isClockOff: links.some((link) => link.isClockOff),
    calls: links.reduce((sum, { calls }) => sum + calls, 0),
  }
}

/** The masters of a cluster have an id each. */
function idOf(links: Servers['links']): string | undefined {
  const ids = links.flatMap(({ epoch }) => epoch?.id ?? [])
  return ids.length === links.length ? ids.sort().join('+') : undefined
}
