import { explainForm, explainTime, type FormPart } from '@countersign/doctor'
import type { Explain, GateRequest, MessageSignatureOptions } from '@countersign/gate'
import { accessHeaderNames, type RefusalName } from '@countersign/protocol'
import type { Settings } from '../config/settings.ts'
import { createDiagnosisBudget } from './diagnosis-budget.ts'
import type { DoctorThread } from './doctor-thread.ts'
import type { Question } from './messages.ts'

/** An RSA signature is opened once; with Ed25519 each text takes a verification. */
const COST = { rsa: 1, ed25519: 10 } as const

/** Longest target that the doctor examines, in characters. */
const MAX_TARGET_LENGTH = 2048

/** The `explain` function of this server's gates; none if the doctor is off. */
export function explainWith(
  settings: Settings,
  messages: MessageSignatureOptions | undefined,
  thread: DoctorThread,
): { explain?: Explain } {
  return settings.doctor === 'on' ? { explain: createExplain(settings, messages ?? {}, thread) } : {}
}

/** Explains refused signatures, within the limits of docs/security.md "The doctor". For the gate of one thread. */
export function createExplain(
  settings: Pick<Settings, 'windowMs' | 'headerPrefix' | 'basePath'>,
  messages: MessageSignatureOptions,
  thread: DoctorThread,
): Explain {
  const { windowMs, headerPrefix, basePath } = settings
  const names = accessHeaderNames(headerPrefix)
  const budget = createDiagnosisBudget()
  const sentBudget = createDiagnosisBudget()
  const context = {
    basePath,
    headerPrefix,
    authority: messages.authority,
    scheme: messages.scheme,
    tag: messages.tag,
  }
  return {
    sent(refused, { header, ip }, nowMs) {
      const part = SENT[refused]
      if (!part) return undefined
      // Arithmetic: anyone may read it, whatever other requests came from there.
      if (part === 'time') return explainTime({ timestampName: names.timestamp, header }, nowMs, windowMs)
      return sentBudget.take(ip, '', nowMs) ? explainForm({ names, header }, part) : undefined
    },
    signature(request, { keyId, key }, nowMs) {
      if (request.target.length > MAX_TARGET_LENGTH || thread.isBusy) return undefined
      if (!budget.take(request.ip, keyId, nowMs, COST[key.type])) return undefined
      const question: Question = {
        method: request.method,
        target: request.target,
        headers: headersFor(request, Object.values(names)),
        spki: key.spki,
        context,
      }
      return thread.ask(question)
    },
  }
}

/** The parts of a request that a refusal may use: everyone who sees the request sees them. */
const SENT: Partial<Record<RefusalName, FormPart | 'time'>> = {
  timestamp_expired: 'time',
  timestamp_invalid: 'time',
  credentials_missing: 'headers',
  signature_missing: 'headers',
  timestamp_missing: 'headers',
  duplicate_header: 'headers',
  signature_input_invalid: 'headers',
  key_not_found: 'key id',
  signature_incorrect: 'signature',
}

const ALWAYS = ['host', 'signature-input', 'signature', 'content-digest']

/** The headers that can matter for a signature: those that carry it, and those that it says to cover. */
function headersFor({ header }: GateRequest, accessNames: readonly string[]): Question['headers'] {
  const input = header('signature-input')
  const covered = `${input ?? ''}`.matchAll(/"([a-z0-9-]+)"/g)
  const names = new Set([...accessNames, ...ALWAYS, ...[...covered].map(([, name = '']) => name)])
  return [...names].flatMap((name) => {
    const value = header(name)
    const lines = value === undefined ? [] : typeof value === 'string' ? [value] : value
    return lines.map((line) => [name, line] as const)
  })
}
