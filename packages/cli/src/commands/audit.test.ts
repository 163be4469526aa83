import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  auditLogHeader,
  auditLogLine,
  type ChainedEvent,
  chainStart,
  hashEvent,
  importSigningKey,
  parsePrivateKey,
  publicKeyOf,
  publicKeyPem,
  signAuditHead,
} from '@countersign/protocol'
import { beforeAll, describe, expect, test } from 'vitest'
import { fakeServer, KEY_PEM, signingOptions } from '../testing/fake-server.ts'
import { runIn, type TestIo, testFolder } from '../testing/test-io.ts'

const DEPLOYMENT = '7b1c1d1e-0000-4000-8000-000000000000'
const events: ChainedEvent[] = []
let lines: string[]
let heads: string[]

beforeAll(async () => {
  let last = await chainStart(DEPLOYMENT)
  for (let seq = 1; seq <= 5; seq++) {
    const actor = { type: 'operator', api_key_id: '8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10', ip: '10.0.0.4' }
    const told = { at: Date.UTC(2026, 10, 22, 14, seq), action: 'key.revoked', actor, reason: 'a\u2028\u001b[2J' }
    const unchained = { ...told, seq, previous_hash: last.hash }
    last = { ...unchained, hash: await hashEvent(unchained) }
    events.push(last as ChainedEvent)
  }
  lines = [auditLogHeader(DEPLOYMENT), ...events.map(auditLogLine)]
  const key = parsePrivateKey(KEY_PEM)
  const signer = { signing: await importSigningKey(key), publicKey: await publicKeyOf(key) }
  const signed = [events[1], events[4]].map((event) =>
    signAuditHead(DEPLOYMENT, event ?? last, Date.UTC(2026, 10, 22, 15), signer),
  )
  heads = (await Promise.all(signed)).map((head) => JSON.stringify(head))
})

const chain = (parts: object = {}) => ({ state: 'whole', events: 5, published_to: ['log', 'file'], ...parts })

async function audit(
  argv: string[],
  { folder, io, chain: told = chain() }: { folder?: string; io?: TestIo; chain?: object } = {},
) {
  const cwd = folder ?? (await testFolder())
  const { url, seen } = await fakeServer(({ target }) => {
    const query = new URLSearchParams(target.split('?')[1])
    if (query.get('order') !== 'oldest')
      return { body: { deployment_id: DEPLOYMENT, events: events.toReversed(), chain: told } }
    const start = Number(query.get('cursor') ?? 0)
    const page = { deployment_id: DEPLOYMENT, events: events.slice(start, start + 2), chain: told }
    return { body: start + 2 < events.length ? { ...page, next_cursor: String(start + 2) } : page }
  })
  const outcome = await runIn(cwd, ['audit', ...argv, ...(await signingOptions(cwd, url))], io)
  return { ...outcome, cwd, targets: seen.map(({ target }) => target) }
}

describe('audit export', () => {
  test('writes the whole log, page by page, one canonical event a line', async () => {
    const { code, stdout, targets } = await audit(['export'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${lines.join('\n')}\n` })
    expect(targets).toHaveLength(3)
  })

  test('to a file for its owner only, and never over another', async () => {
    const { stdout, cwd } = await audit(['export', '--out', 'log.jsonl'])
    expect(stdout).toContain('● Audit log exported\n  events  5\n  file    log.jsonl (mode 0600)\n')
    expect(await readFile(join(cwd, 'log.jsonl'), 'utf8')).toBe(`${lines.join('\n')}\n`)
    expect((await stat(join(cwd, 'log.jsonl'))).mode & 0o777).toBe(0o600)
    const again = await audit(['export', '--out', 'log.jsonl'], { folder: cwd })
    expect({ code: again.code, targets: again.targets }).toEqual({ code: 1, targets: [] })
    expect(again.stderr).toContain('error: log.jsonl exists')
  })
})

describe('audit verify', () => {
  async function verify(log: readonly string[], argv: string[] = [], head: readonly string[] = heads) {
    const folder = await testFolder()
    await writeFile(join(folder, 'log.jsonl'), `${log.join('\n')}\n`)
    await writeFile(join(folder, 'heads.jsonl'), `${head.join('\n')}\n`)
    await writeFile(join(folder, 'key.pub'), publicKeyPem(await publicKeyOf(parsePrivateKey(KEY_PEM))))
    return audit(['verify', 'log.jsonl', ...argv], { folder })
  }
  const HEAD = ['--head', 'heads.jsonl']

  test('a whole log with its heads', async () => {
    const { code, stdout } = await verify(lines, [...HEAD, '--public-key', 'key.pub'])
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^● The log is whole, 5 events\n {2}deployment {2}7b1c1d1e-\S+\n {2}last head {3}event 5, signed 2026-11-22T15:00:00.000Z\n {2}signed by {3}\S{43}\n$/,
    )
  })

  test('without a head says what could not be seen', async () => {
    const { code, stdout } = await verify(lines.slice(0, -1))
    expect(code).toBe(0)
    expect(stdout).toContain('▲ No event was changed or taken out, 4 events\n  No head was given')
  })

  test.each<[string, (lines: string[]) => string[], string]>([
    ['a cut tail', (log) => log.slice(0, -1), '✕ The log ends at event 4, before its signed head'],
    [
      'an edit',
      (log) => log.map((line, i) => (i === 3 ? line.replace('revoked', 'created') : line)),
      '✕ Broken at event 3',
    ],
    ['a missing event', (log) => log.toSpliced(2, 1), '✕ Broken at event 2'],
    ['no first line', (log) => log.slice(1), '✕ This is no exported audit log'],
  ])('finds %s', async (_, change, heading) => {
    const { code, stdout } = await verify(change(lines), HEAD)
    expect(code).toBe(1)
    expect(stdout).toContain(`${heading}`)
  })

  test('of the server itself, with --json', async () => {
    const { code, stdout, targets } = await audit(['verify', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({ whole: true, events: 5, deployment_id: DEPLOYMENT, heads: 0 })
    expect(targets).toHaveLength(3)
    const cut = await verify(lines.slice(0, -1), [...HEAD, '--json'])
    expect(JSON.parse(cut.stdout)).toMatchObject({ whole: false, events: 4, fault: 'tail_missing', heads: 2 })
  })

  test('trusts no head that nobody signed, that another key signed, or that is none', async () => {
    const [head = ''] = heads
    const forged = head.replace('"seq":2', '"seq":3')
    for (const [given, message] of [
      [[forged], 'the signature of head 3 is wrong'],
      [['{"seq":1}'], 'is not a file of audit heads'],
      [[''], 'is not a file of audit heads'],
    ] as const) {
      const { code, stderr } = await verify(lines, HEAD, given)
      expect(code).toBe(1)
      expect(stderr).toContain(message)
    }
    const folder = await testFolder()
    const other = await publicKeyOf(
      parsePrivateKey({ kty: 'OKP', crv: 'Ed25519', d: 'TM0Imyj_ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U-4pvs' }),
    )
    await writeFile(join(folder, 'log.jsonl'), lines.join('\n'))
    await writeFile(join(folder, 'heads.jsonl'), heads.join('\n'))
    await writeFile(join(folder, 'other.pub'), publicKeyPem(other))
    const { stderr } = await audit(['verify', 'log.jsonl', ...HEAD, '--public-key', 'other.pub'], { folder })
    expect(stderr).toContain('not by other.pub')
    expect((await audit(['verify', 'nowhere'], { folder })).stderr).toContain(
      'nowhere cannot be read: there is no such file',
    )
  })
})

describe('audit list', () => {
  test('of all accounts tells the state of the chain, and events as harmless text', async () => {
    const { stdout, stderr, targets } = await audit(['list', '--all', '--action', 'key', '--limit', '5'])
    expect(targets).toEqual(['/admin/v1/audit_events?limit=5&action=key'])
    expect(stderr).toBe('● Chain whole, 5 events, head published to log and file\n')
    expect(stdout).toMatch(/^TIME +ACTION +KEY +ACCOUNT +BY +FROM +REASON\n/)
    expect(stdout).toContain('operator 8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10')
    expect(stdout).toContain('a\\u{2028}\\u{1b}[2J\n')
  })

  test.each([
    [{ state: 'broken', broken_at: 3, fault: 'wrong_hash' }, '✕ Chain broken at event 3: wrong_hash.'],
    [{ state: 'unchecked' }, '▲ Chain not checked yet'],
    [{ published_to: [] }, '▲ Chain whole, 5 events. No head is published outside the database'],
  ])('of a chain that is %j says so', async (parts, words) => {
    expect((await audit(['list', '--all'], { chain: chain(parts) })).stderr).toContain(words)
  })

  test('of the own account has no chain', async () => {
    const { stderr, targets } = await audit(['list'])
    expect({ stderr, targets }).toEqual({ stderr: '', targets: ['/trade-api/v2/account/audit_events?limit=20'] })
  })
})
