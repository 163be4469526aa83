import { type AuditHead, type ChainPosition, signAuditHead } from '@countersign/protocol'
import type { Logger } from 'pino'
import type { DeploymentKey } from './deployment-key.ts'
import { appendHead } from './head-file.ts'

/** Who signs a head, and where it goes. */
export interface HeadPublisher {
  readonly deploymentId: string
  readonly key: DeploymentKey
  /** Takes heads beside the log of the server. */
  readonly headFile: string | undefined
  readonly log: Logger
}

/** A head that was published. */
export interface PublishedHead {
  readonly head: AuditHead
  readonly to: readonly string[]
}

/** Signs a head of the audit log, and writes it into the server's log and into the head file. */
export async function publishHead(
  { deploymentId, key, headFile, log }: HeadPublisher,
  at: ChainPosition,
  nowMs: number,
): Promise<PublishedHead> {
  const head = await signAuditHead(deploymentId, at, nowMs, key)
  // As text: the log's redaction would take the signature out of an object.
  log.info({ audit_head: JSON.stringify(head) }, 'audit head')
  if (headFile === undefined) return { head, to: ['log'] }
  try {
    await appendHead(headFile, head)
    return { head, to: ['log', 'file'] }
  } catch (fault) {
    log.error({ err: fault }, 'the audit head could not be written to its file')
    return { head, to: ['log'] }
  }
}
