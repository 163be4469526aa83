import { type Address, addressesOf, nameOf } from './address.ts'
import type { RedisConnection } from './connection.ts'
import { inTime } from './in-time.ts'
import type { Names } from './names.ts'
import { type Known, type LinkSettings, RedisLink } from './redis-link.ts'
import { messageOf } from './redis-problem.ts'
import { RedisSetupError } from './redis-setup-error.ts'
import { connectTo } from './server-connection.ts'
import type { Servers } from './servers.ts'
import { slotOf } from './slot-of.ts'

const SLOTS = 16_384
const ANSWER_WITHIN_MS = 1_000
const LOOK_EVERY_MS = 1_000

/** A master and its slots: pairs of the first and the last. */
interface Master {
  readonly host: string
  readonly port: number
  readonly ranges: readonly (readonly [number, number])[]
}

/** The masters of a cluster. Each keeps the epoch of its own memory, under a key in one of its slots. */
export async function openCluster(
  connection: Extract<RedisConnection, { readonly kind: 'cluster' }>,
  names: Names,
  settings: LinkSettings,
): Promise<Servers> {
  const cluster = new ClusterServers(addressesOf(connection), names, settings)
  try {
    await cluster.open()
  } catch (error) {
    await cluster.close()
    throw error instanceof RedisSetupError
      ? error
      : new RedisSetupError(`the Redis cluster cannot be reached: ${messageOf(error)}`, { cause: error })
  }
  return cluster
}

class ClusterServers implements Servers {
  readonly #seeds: readonly Address[]
  readonly #names: Names
  readonly #settings: LinkSettings
  readonly #links = new Map<string, RedisLink>()
  /** What was known of each part of the keys, whichever server had it. */
  readonly #known = new Map<string, Known>()
  #bySlot: (RedisLink | undefined)[] = []
  #looking: Promise<void> | undefined
  #watch: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(seeds: readonly Address[], names: Names, settings: LinkSettings) {
    this.#seeds = seeds
    this.#names = names
    this.#settings = settings
  }

  /** Finds the masters, connects to all of them, and looks for others while one does not answer. */
  async open(): Promise<void> {
    await this.#look((link) => link.open())
    this.#watch = setInterval(() => {
      if (this.links.some((link) => !link.isUp)) this.lookAgain().catch(() => undefined)
    }, LOOK_EVERY_MS)
    this.#watch.unref()
  }

  get links(): readonly RedisLink[] {
    return [...this.#links.values()]
  }

  of(slot: number): RedisLink | undefined {
    return this.#bySlot[slot]
  }

  lookAgain(movedTo?: string): Promise<void> {
    this.#looking ??= this.#look((link) => link.openPatiently(), movedTo).finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  async tick(): Promise<void> {
    await Promise.all(this.links.map((link) => link.tick()))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#watch)
    await Promise.all(this.links.map((link) => link.close()))
  }

  async #look(connect: (link: RedisLink) => Promise<void>, movedTo?: string): Promise<void> {
    const up = this.links.filter((link) => link.isUp).map(({ server }) => server)
    const named = [...(movedTo === undefined ? [] : [movedTo]), ...up].flatMap(placeOf)
    const masters = await findMasters([...named, ...this.#seeds], this.#seeds[0] as Address)
    if (this.#isClosed) return
    const next: (RedisLink | undefined)[] = Array.from({ length: SLOTS })
    const found = new Set<RedisLink>()
    for (const master of masters) {
      const link = await this.#linkTo(master, connect)
      found.add(link)
      for (const [from, to] of master.ranges) next.fill(link, from, to + 1)
    }
    for (const [id, link] of this.#links) {
      if (link.known) this.#known.set(link.stateKeys[0], link.known)
      if (found.has(link)) continue
      this.#links.delete(id)
      await link.close()
    }
    this.#bySlot = next
  }

  async #linkTo(master: Master, connect: (link: RedisLink) => Promise<void>): Promise<RedisLink> {
    const { state, members } = stateKeysIn(this.#names, master)
    const id = `${nameOf(master)} ${state}`
    const before = this.#links.get(id)
    if (before) return before
    const address: Address = { ...(this.#seeds[0] as Address), host: master.host, port: master.port }
    const link = new RedisLink(this.#settings, {
      find: async () => address,
      stateKeys: [state, members],
      known: this.#known.get(state),
    })
    this.#links.set(id, link)
    await connect(link)
    return link
  }
}

/** The host and port of `host:port`; none if a server names itself without a host. */
function placeOf(name: string): { host: string; port: number }[] {
  const at = name.lastIndexOf(':')
  const host = name.slice(0, at).replace(/^\[|\]$/g, '')
  return host === '' ? [] : [{ host, port: Number(name.slice(at + 1)) }]
}

/** Asks one node after the other, until one knows. */
async function findMasters(
  nodes: readonly { readonly host: string; readonly port: number }[],
  how: Address,
): Promise<Master[]> {
  const problems: string[] = []
  for (const { host, port } of nodes) {
    try {
      const node = await connectTo({ ...how, host, port }, () => undefined)
      try {
        const slots = await inTime(node.send(['CLUSTER', 'SLOTS']), ANSWER_WITHIN_MS)
        const masters = mastersOf(slots, host)
        if (masters.length > 0) return masters
        problems.push('CLUSTERDOWN the cluster has no slots')
      } finally {
        node.destroy()
      }
    } catch (error) {
      problems.push(messageOf(error))
    }
  }
  throw new Error(problems.join('; '))
}

/** `[from, to, [host, port, …], replicas…]` of each range. An empty host is the one that was asked. */
function mastersOf(slots: unknown, asked: string): Master[] {
  const masters = new Map<string, { host: string; port: number; ranges: [number, number][] }>()
  for (const [from, to, [host, port]] of slots as [number, number, [string | null, number]][]) {
    const place = { host: host || asked, port }
    const master = masters.get(nameOf(place)) ?? { ...place, ranges: [] }
    master.ranges.push([from, to])
    masters.set(nameOf(place), master)
  }
  return [...masters.values()]
}

/** Keys in a slot of this master, the same on all nodes: the first that fits. */
function stateKeysIn(names: Names, { ranges }: Master): { readonly state: string; readonly members: string } {
  for (let place = 0; ; place++) {
    const { tag, state, members } = names.state(`${place}`)
    const slot = slotOf(tag)
    if (ranges.some(([from, to]) => slot >= from && slot <= to)) return { state, members }
  }
}
