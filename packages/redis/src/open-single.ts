import { addressesOf, nameOf } from './address.ts'
import type { RedisConnection } from './connection.ts'
import { findMaster } from './find-master.ts'
import type { Names } from './names.ts'
import { type LinkSettings, RedisLink } from './redis-link.ts'
import type { Servers } from './servers.ts'

/** One server, or the master that Sentinels name. */
export async function openSingle(
  connection: Exclude<RedisConnection, { readonly kind: 'cluster' }>,
  names: Names,
  settings: LinkSettings,
): Promise<Servers> {
  const [address] = addressesOf(connection)
  if (!address) throw new Error('no address')
  const find = connection.kind === 'sentinel' ? () => findMaster(connection) : async () => address
  const { state, members } = names.state()
  const link = new RedisLink(settings, { find, stateKeys: [state, members] })
  await link.open()
  const watch = connection.kind === 'sentinel' ? watchMaster(link, find) : undefined
  return {
    of: () => link,
    links: [link],
    lookAgain: async () => undefined,
    tick: () => link.tick(),
    async close() {
      clearInterval(watch)
      await link.close()
    },
  }
}

const LOOK_EVERY_MS = 2_000

/** A master that was replaced may still be reached: the Sentinels say that it is none. */
function watchMaster(link: RedisLink, find: () => Promise<Parameters<typeof nameOf>[0]>): NodeJS.Timeout {
  const watch = setInterval(() => {
    find()
      .then((address) => {
        if (link.isUp && nameOf(address) !== link.server) link.leave('the Sentinels name another master')
      })
      .catch(() => undefined)
  }, LOOK_EVERY_MS)
  return watch.unref()
}
