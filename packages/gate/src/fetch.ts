import type { MaybePromise } from '@countersign/protocol'
import { DEFAULT_BODY_LIMIT_BYTES } from './body-limit.ts'
import { type Decision, type Denied, denied } from './decision.ts'
import { GateFault } from './gate-fault.ts'
import type { Gate } from './gate-interface.ts'
import { refusalReply } from './refusal-reply.ts'
import type { GateRequest } from './request.ts'
import type { Rule } from './rules.ts'

/** What a Request does not say and the gate needs. */
export interface DecideRequestOptions {
  /**
   * The caller's address, after trusted proxies. Failed verifications are counted by it, and allowlists are compared
   * with it.
   */
  readonly ip: string
  /** What the route needs. It replaces the gate's own rules. */
  readonly rule?: Rule
  /** The largest body that is read, if a decision depends on the body; 1 MiB by default. */
  readonly bodyLimitBytes?: number
}

const EMPTY = new Uint8Array(0)

/**
 * Decides a Request of the Fetch API, as Hono, Next, Bun and Deno pass it. Its body stays readable. The signature is
 * compared with the path and query of the request's `url`, by which the application routes, and with its Host header.
 * Do not route by the host in `url`: a request line in absolute form may name another one.
 *
 * @throws GateFault if the gate could not decide
 */
export async function decideRequest(gate: Gate, request: Request, options: DecideRequestOptions): Promise<Decision> {
  try {
    return await gate.decide(toGateRequest(request, options), options.rule)
  } catch (fault) {
    throw new GateFault(fault)
  }
}

/** The answer to a refused request. */
export function refusalResponse(refusal: Denied): Response {
  const { status, headers, body } = refusalReply(refusal)
  return new Response(body, { status, headers })
}

function toGateRequest(
  request: Request,
  { ip, bodyLimitBytes = DEFAULT_BODY_LIMIT_BYTES }: DecideRequestOptions,
): GateRequest {
  const { method, headers } = request
  const { href, origin, host } = new URL(request.url)
  return {
    method,
    target: href.slice(origin.length),
    ip,
    header: (name) => copiesOf(name, headers.get(name) ?? (name === 'host' ? host : undefined)),
    readBody: () => readBody(request, bodyLimitBytes),
  }
}

/** `Headers` joins copies with a comma. No access header can hold a comma, so a comma means a second copy. */
function copiesOf(name: string, value: string | undefined): string | string[] | undefined {
  return /-access-(?:key|timestamp|signature)$/.test(name) && value?.includes(',') ? value.split(/, ?/) : value
}

function readBody(request: Request, limitBytes: number): MaybePromise<Uint8Array | Denied> {
  if (request.bodyUsed) throw new Error('the body was read before the gate saw it: ask the gate first')
  if (!request.body) return EMPTY
  if (Number(request.headers.get('content-length')) > limitBytes) return denied('body_too_large')
  const copy = request.clone().body?.getReader()
  return copy ? readAll(copy, limitBytes) : EMPTY
}

/** A clone that is too large is left unread: cancelling it waits until the original is cancelled too. */
async function readAll(
  copy: ReadableStreamDefaultReader<Uint8Array>,
  limitBytes: number,
): Promise<Uint8Array | Denied> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for (let read = await copy.read(); !read.done; read = await copy.read()) {
      size += read.value.length
      if (size > limitBytes) return denied('body_too_large')
      chunks.push(read.value)
    }
  } catch {
    return denied('request_malformed')
  }
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}
