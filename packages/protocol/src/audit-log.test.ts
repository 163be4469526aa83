import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { type ChainedEvent, type ChainPosition, chainStart, hashEvent, type UnchainedEvent } from './audit-chain.ts'
import { parseAuditHead, signAuditHead, verifyAuditHead } from './audit-head.ts'
import { type AuditLogFault, auditLogHeader, auditLogLine, checkAuditLog, type TrustedHead } from './audit-log.ts'
import { parsePrivateKey } from './private-key.ts'
import { importSigningKey, publicKeyOf } from './ready-key.ts'

const DEPLOYMENT = '7b1c1d1e-0000-4000-8000-000000000000'
const EVENTS = 30
let log: readonly string[]
let head: TrustedHead

beforeAll(async () => {
  const made = await chained(Array.from({ length: EVENTS }, (_, i) => contentOf(i)))
  log = made.lines
  head = { deployment_id: DEPLOYMENT, ...made.last }
})

describe('an exported log', () => {
  it('is right as it was exported, with a head and without, and with older heads', async () => {
    expect(await faultOf(log)).toBeUndefined()
    expect(await faultOf(log, [head])).toBeUndefined()
    const older = JSON.parse(log[7] ?? '') as ChainPosition
    expect(await faultOf(log, [{ ...older, deployment_id: DEPLOYMENT }, head])).toBeUndefined()
    expect(await faultOf(log.slice(0, 1))).toBeUndefined()
  })

  it('is wrong where two heads contradict each other, whichever comes last', async () => {
    const other = { ...head, hash: 'A'.repeat(43) }
    expect(await faultOf(log, [other, head])).toBe('head_differs')
    expect(await faultOf(log, [head, other])).toBe('head_differs')
  })

  it('changed anywhere in 1,000 random ways is found with a head, and without one but for a tail that was cut off', async () => {
    const line = fc.nat(EVENTS)
    const change = fc.oneof(
      fc.record({
        kind: fc.constant('edit' as const),
        at: line,
        place: fc.nat(),
        to: fc.string({ minLength: 1, maxLength: 2 }),
      }),
      fc.record({ kind: fc.constant('delete' as const), at: line, count: fc.integer({ min: 1, max: EVENTS }) }),
      fc.record({ kind: fc.constant('swap' as const), at: line, other: line }),
      fc.record({ kind: fc.constant('cut' as const), kept: line }),
      fc.record({ kind: fc.constant('repeat' as const), at: line, before: line }),
    )
    const kinds = new Set<string>()
    await fc.assert(
      fc.asyncProperty(change, async (given) => {
        const changed = applied(given)
        fc.pre(changed.join('\n') !== log.join('\n'))
        kinds.add(given.kind)
        expect(await faultOf(changed, [head])).toBeDefined()
        const isCut = changed.length > 0 && changed.every((each, i) => each === log[i])
        expect((await faultOf(changed)) === undefined).toBe(isCut)
      }),
      { numRuns: 1_000 },
    )
    expect([...kinds].sort()).toEqual(['cut', 'delete', 'edit', 'repeat', 'swap'])
  })

  it('that was written anew from a change on is found with a head only', async () => {
    const contents = Array.from({ length: EVENTS }, (_, i) => (i === 4 ? { action: 'key.deleted' } : contentOf(i)))
    const { lines } = await chained(contents)
    expect(await faultOf(lines)).toBeUndefined()
    expect(await faultOf(lines, [head])).toBe('head_differs')
  })

  it.each<[string, (lines: readonly string[]) => readonly string[], AuditLogFault]>([
    ['nothing', () => [], 'not_a_log'],
    ['no first line', (lines) => lines.slice(1), 'not_a_log'],
    ['another deployment', (lines) => [auditLogHeader('other'), ...lines.slice(1)], 'other_deployment'],
    ['no first event', (lines) => [...lines.slice(0, 1), ...lines.slice(2)], 'events_missing'],
    ['a line that is no JSON', (lines) => [...lines, '{'], 'not_an_event'],
    [
      'a number beyond all that JSON can say',
      (lines) => lines.map((line, i) => (i === 3 ? line.replace(/"at":\d+/, '"at":1e999') : line)),
      'not_an_event',
    ],
    [
      'white space in an event',
      (lines) => lines.map((line, i) => (i === 3 ? line.replace(':', ': ') : line)),
      'not_an_event',
    ],
    [
      'a name given twice',
      (lines) => lines.map((line, i) => (i === 3 ? line.replace('{', '{"seq":9,') : line)),
      'not_an_event',
    ],
    ['no tail', (lines) => lines.slice(0, -1), 'tail_missing'],
  ])('with %s tells so', async (_, change, fault) => {
    expect(await faultOf(change(log), [head])).toBe(fault)
  })
})

describe('a head', () => {
  const KEY = parsePrivateKey({ kty: 'OKP', crv: 'Ed25519', d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A' })

  it('is verified by its own key, and by none once a field of it was changed', async () => {
    const publicKey = await publicKeyOf(KEY)
    const signed = await signAuditHead(DEPLOYMENT, head, 5, { signing: await importSigningKey(KEY), publicKey })
    expect((await verifyAuditHead(signed))?.spki).toEqual(publicKey.spki)
    expect(parseAuditHead(JSON.stringify(signed))).toEqual(signed)
    const changes = { deployment_id: 'x', seq: 4, hash: 'x', at: 6, public_key: 'x', signature: 'AAAA' }
    for (const [field, value] of Object.entries(changes)) {
      expect(await verifyAuditHead({ ...signed, [field]: value })).toBeUndefined()
      expect(parseAuditHead(JSON.stringify({ ...signed, [field]: null }))).toBeUndefined()
    }
    for (const text of ['', '{', 'null', '[]']) expect(parseAuditHead(text)).toBeUndefined()
  })
})

type Change =
  | { readonly kind: 'edit'; readonly at: number; readonly place: number; readonly to: string }
  | { readonly kind: 'delete'; readonly at: number; readonly count: number }
  | { readonly kind: 'swap'; readonly at: number; readonly other: number }
  | { readonly kind: 'cut'; readonly kept: number }
  | { readonly kind: 'repeat'; readonly at: number; readonly before: number }

function applied(change: Change): string[] {
  const lines = [...log]
  switch (change.kind) {
    case 'edit': {
      const line = lines[change.at] ?? ''
      const place = change.place % line.length
      lines[change.at] = line.slice(0, place) + change.to + line.slice(place + 1)
      return lines
    }
    case 'delete':
      lines.splice(change.at, change.count)
      return lines
    case 'swap':
      lines[change.at] = log[change.other] ?? ''
      lines[change.other] = log[change.at] ?? ''
      return lines
    case 'cut':
      return lines.slice(0, change.kept + 1)
    case 'repeat':
      lines.splice(change.before, 0, log[change.at] ?? '')
      return lines
  }
}

async function faultOf(
  lines: readonly string[],
  heads: readonly TrustedHead[] = [],
): Promise<AuditLogFault | undefined> {
  const check = checkAuditLog(heads)
  for (const line of lines) {
    const fault = await check.next(line)
    if (fault) return fault
  }
  return check.end()
}

async function chained(contents: readonly object[]): Promise<{ lines: string[]; last: ChainPosition }> {
  const lines = [auditLogHeader(DEPLOYMENT)]
  let last = await chainStart(DEPLOYMENT)
  for (const [i, content] of contents.entries()) {
    const unchained = { ...content, seq: i + 1, previous_hash: last.hash } as UnchainedEvent
    const event = { ...unchained, hash: await hashEvent(unchained) } as ChainedEvent
    lines.push(auditLogLine(event))
    last = { seq: event.seq, hash: event.hash }
  }
  return { lines, last }
}

function contentOf(i: number): object {
  return {
    action: 'key.updated',
    at: 1_700_000_000_000 + i,
    actor: { type: 'account' },
    after: { name: `é "${i}"\u2028` },
  }
}
