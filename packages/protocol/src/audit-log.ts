import { type ChainedEvent, type ChainFault, type ChainPosition, chainStart, checkEvent } from './audit-chain.ts'
import { canonicalJson, type Json } from './canonical-json.ts'

/**
 * What is wrong with an exported log.
 *
 * - `not_a_log`: it does not begin as a log.
 * - `not_an_event`: a line is not an event, or is not written exactly as it was exported.
 * - `other_deployment`: the head belongs to another deployment.
 * - `head_differs`: the head names another event at its place.
 * - `tail_missing`: the log ends before the head.
 */
export type AuditLogFault =
  | ChainFault
  | 'not_a_log'
  | 'not_an_event'
  | 'other_deployment'
  | 'head_differs'
  | 'tail_missing'

/** The content of a head, once its signature has verified. */
export interface TrustedHead extends ChainPosition {
  readonly deployment_id: string
}

/** Checks a log line by line. Stop after the first fault. */
export interface AuditLogCheck {
  /** Takes the next line, without its line break. */
  next(line: string): Promise<AuditLogFault | undefined>
  /** What is wrong at the end of the log. */
  end(): AuditLogFault | undefined
  /** How far the log is right. */
  position(): ChainPosition
  /** The deployment that the log names. */
  deploymentId(): string | undefined
}

/** The first line of an exported log. */
export function auditLogHeader(deploymentId: string): string {
  return canonicalJson({ audit_log: 1, deployment_id: deploymentId })
}

/** The line of an event in an exported log, in its one spelling: any changed byte is found. */
export function auditLogLine(event: ChainedEvent): string {
  return canonicalJson(event)
}

/** Begins the check of an exported log against all known heads of it. */
export function checkAuditLog(heads: readonly TrustedHead[] = []): AuditLogCheck {
  // All heads: if two contradict each other, the log matches one at most.
  const hashes = Map.groupBy(heads, ({ seq }) => seq)
  let deploymentId: string | undefined
  let position: ChainPosition = { seq: 0, hash: '' }

  async function begin(line: string): Promise<AuditLogFault | undefined> {
    const id = (parseLine(line) as { deployment_id?: unknown } | undefined)?.deployment_id
    if (typeof id !== 'string' || line !== auditLogHeader(id)) return 'not_a_log'
    if (heads.some((head) => head.deployment_id !== id)) return 'other_deployment'
    deploymentId = id
    position = await chainStart(id)
    return headFault()
  }

  function headFault(): AuditLogFault | undefined {
    const here = hashes.get(position.seq) ?? []
    return here.some(({ hash }) => hash !== position.hash) ? 'head_differs' : undefined
  }

  return {
    async next(line) {
      if (deploymentId === undefined) return begin(line)
      const event = parseLine(line)
      if (!isEvent(event)) return 'not_an_event'
      const fault = await checkEvent(event, position)
      if (fault) return fault
      position = event
      return headFault()
    },
    end() {
      if (deploymentId === undefined) return 'not_a_log'
      return heads.some(({ seq }) => seq > position.seq) ? 'tail_missing' : undefined
    },
    position: () => ({ seq: position.seq, hash: position.hash }),
    deploymentId: () => deploymentId,
  }
}

/**
 * `undefined` for text that is not JSON, or not in the one spelling of an export. `1e999` reads as infinity, which has
 * no spelling.
 */
function parseLine(line: string): unknown {
  try {
    const value: Json = JSON.parse(line)
    return canonicalJson(value) === line ? value : undefined
  } catch {
    return undefined
  }
}

function isEvent(value: unknown): value is ChainedEvent {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const { seq, hash, previous_hash } = value as Partial<Record<string, unknown>>
  return Number.isSafeInteger(seq) && typeof hash === 'string' && typeof previous_hash === 'string'
}
