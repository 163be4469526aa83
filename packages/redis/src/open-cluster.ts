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
  const seeds = addressesOf(connection)
  const links = new Map<string, RedisLink>()
  /** What was known of each part of the keys, whichever server had it. */
  const known = new Map<string, Known>()
  let bySlot: (RedisLink | undefined)[] = []
  let looking: Promise<void> | undefined
  let isClosed = false

  function lookAgain(movedTo?: string): Promise<void> {
    looking ??= look(false, movedTo).finally(() => {
      looking = undefined
    })
    return looking
  }

  async function look(isFirst: boolean, movedTo?: string): Promise<void> {
    const up = [...links.values()].filter((link) => link.isUp).map(({ server }) => server)
    const named = [...(movedTo === undefined ? [] : [movedTo]), ...up].flatMap(placeOf)
    const masters = await findMasters([...named, ...seeds], seeds[0] as Address)
    if (isClosed) return
    const next: typeof bySlot = Array.from({ length: SLOTS })
    const kept = new Set<string>()
    for (const master of masters) {
      const { state, members } = stateKeysIn(names, master)
      const id = `${nameOf(master)} ${state}`
      kept.add(id)
      let link = links.get(id)
      if (!link) {
        const address: Address = { ...(seeds[0] as Address), host: master.host, port: master.port }
        link = new RedisLink(settings, {
          find: async () => address,
          stateKeys: [state, members],
          known: known.get(state),
        })
        links.set(id, link)
        await (isFirst ? link.open() : link.openPatiently())
      }
      for (const [from, to] of master.ranges) next.fill(link, from, to + 1)
    }
    for (const [id, link] of links) {
      if (link.known) known.set(link.stateKeys[0], link.known)
      if (kept.has(id)) continue
      links.delete(id)
      await link.close()
    }
    bySlot = next
  }

  try {
    await look(true)
  } catch (error) {
    await Promise.all([...links.values()].map((link) => link.close()))
    throw error instanceof RedisSetupError
      ? error
      : new RedisSetupError(`the Redis cluster cannot be reached: ${messageOf(error)}`, { cause: error })
  }
  const watch = setInterval(() => {
    if ([...links.values()].some((link) => !link.isUp)) lookAgain().catch(() => undefined)
  }, LOOK_EVERY_MS)
  watch.unref()

  return {
    of: (slot) => bySlot[slot],
    get links() {
      return [...links.values()]
    },
    lookAgain,
    async tick() {
      await Promise.all([...links.values()].map((link) => link.tick()))
    },
    async close() {
      isClosed = true
      clearInterval(watch)
      await Promise.all([...links.values()].map((link) => link.close()))
    },
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
