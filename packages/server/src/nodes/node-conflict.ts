import type { NodeRow } from '../storage/nodes.ts'

/** Another node runs over this database, and the two do not share claims and token buckets; `fix` says what to do. */
export class NodeConflictError extends Error {
  override readonly name = 'NodeConflictError'
  readonly fix: string

  constructor(own: string, other: Pick<NodeRow, 'host_name' | 'process_id' | 'planes' | 'version' | 'admission'>) {
    super(
      `another node of this database runs: ${describe(other)}. ${WHY[reasonOf(own, other.admission)]} ` +
        'Each would accept the same signature once, and give each limit once',
    )
    this.fix =
      'give all nodes the same Redis (COUNTERSIGN_REDIS_URL), or stop the other node first. ' +
      'With --single-node-promises on every node (COUNTERSIGN_SINGLE_NODE_PROMISES=true) they run beside each other, ' +
      'and replay protection and limits hold for each node alone: see docs/scaling.md'
  }
}

/** Whether two nodes have their claims and token buckets in one place, as far as is known. */
export function shareAdmission(one: string, other: string): boolean {
  if (!haveBothRedis(one, other)) return false
  return one === other || one === 'redis' || other === 'redis'
}

/** Whether both have their claims and token buckets in a Redis. */
export function haveBothRedis(one: string, other: string): boolean {
  return one !== 'memory' && other !== 'memory'
}

type Reason = 'neither' | 'own' | 'other' | 'different'

function reasonOf(own: string, other: string): Reason {
  if (own !== 'memory') return other === 'memory' ? 'other' : 'different'
  return other === 'memory' ? 'neither' : 'own'
}

const WHY: Readonly<Record<Reason, string>> = {
  neither: 'Neither has a Redis.',
  own: 'It has a Redis, and this node has none.',
  other: 'It has no Redis, and this node has one.',
  different: 'It has another Redis than this node.',
}

function describe({
  host_name,
  process_id,
  planes,
  version,
}: ConstructorParameters<typeof NodeConflictError>[1]): string {
  const what = planes === 'both' ? 'both planes' : `the ${planes} plane`
  return `process ${process_id.split('/', 1)[0]} on ${host_name} (${what}, version ${version})`
}
