import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type MessageSignature, readMessageSignatures } from './message-signature.ts'
import { SIGNATURES, TWO_SIGNATURES } from './rfc9421.fixtures.ts'
import { signatureBase } from './signature-base.ts'

type Headers = Readonly<Record<string, string | readonly string[]>>

const read = (headers: Headers) => readMessageSignatures((name) => headers[name])
const problemOf = (headers: Headers) => {
  const found = read(headers)
  return 'problem' in found ? [found.problem, found.refusal] : 'read'
}
const inputProblem = (input: string, signature = 'sig1=:AAAA:') => problemOf({ 'signature-input': input, signature })

it('reads what a signature says of itself', () => {
  const input =
    'sig1=("@method" "@query-param";name="a\\"b");created=1700000000;keyid="k";nonce="n";alg="ed25519";expires=1700000060;tag="t";other=?0'
  expect(read({ 'signature-input': input, signature: 'sig1=:AQID:' })).toEqual([
    {
      label: 'sig1',
      components: [
        { name: '@method', parameters: new Map(), identifier: '"@method"' },
        {
          name: '@query-param',
          parameters: new Map([['name', { kind: 'string', value: 'a"b' }]]),
          identifier: '"@query-param";name="a\\"b"',
        },
      ],
      signature: Uint8Array.of(1, 2, 3),
      parametersText: input.slice('sig1='.length),
      createdSeconds: 1700000000,
      expiresSeconds: 1700000060,
      keyId: 'k',
      nonce: 'n',
      algorithm: 'ed25519',
      tag: 't',
    } satisfies MessageSignature,
  ])
})

it('reads several, on one line or on several, in their order', () => {
  const labels = (headers: Headers) => {
    const found = read(headers)
    return 'problem' in found ? found.problem : found.map(({ label }) => label)
  }
  expect(labels({ 'signature-input': 'a=(), b=()', signature: 'b=:AAAA:, a=:AAAA:' })).toEqual(['a', 'b'])
  expect(labels({ 'signature-input': ['a=()', 'b=()'], signature: ['b=:AAAA:', 'a=:AAAA:'] })).toEqual(['a', 'b'])
})

it('reads one signature whatever the white space, with one base', () => {
  const spellings = [
    'sig1=("@method" "a";sf);created=7;keyid="k"',
    '  sig1=(  "@method"   "a"; sf  );created=7; keyid="k"  ',
    'sig1=("@method" "a";sf=?1);created=07;  keyid="k"',
  ]
  const message = { method: 'GET', target: '/', authority: 'a', scheme: 'https', header: () => '1,2' }
  const bases = spellings.map((input) => {
    const found = read({ 'signature-input': input, signature: 'sig1=:AAAA:' })
    return 'problem' in found ? found.problem : signatureBase(found[0] as MessageSignature, message)
  })
  expect(new Set(bases)).toEqual(
    new Set(['"@method": GET\n"a";sf: 1, 2\n"@signature-params": ("@method" "a";sf);created=7;keyid="k"']),
  )
})

describe('refuses', () => {
  it('headers of which one or both are absent', () => {
    expect(problemOf({})).toEqual(['not_signed', 'credentials_missing'])
    expect(problemOf({ signature: 'a=:AAAA:' })).toEqual(['signature_input_absent', 'signature_input_invalid'])
    expect(problemOf({ 'signature-input': 'a=()' })).toEqual(['signature_absent', 'signature_missing'])
  })

  it.each([
    ['', 'malformed'],
    ['sig1', 'malformed'],
    ['sig1="x"', 'malformed'],
    ['sig1=("@method"', 'malformed'],
    ['sig1=(@method)', 'malformed'],
    ['sig1=(method)', 'malformed'],
    ['sig1=(1)', 'malformed'],
    ['sig1=(), sig1=()', 'duplicate_key'],
    ['sig1=();created=1;created=1', 'duplicate_key'],
    ['sig2=()', 'labels_differ'],
    ['sig1=(), sig2=()', 'labels_differ'],
    ['sig1=("a" "b" "a")', 'duplicate_component'],
    ['sig1=("a";sf "a";sf)', 'duplicate_component'],
    ['sig1=("a";sf;req "a";req;sf)', 'duplicate_component'],
    ['sig1=("a" "a";sf "a";req)', 'read'],
    ['sig1=();created=1.0', 'parameter_invalid'],
    ['sig1=();created="1"', 'parameter_invalid'],
    ['sig1=();created=-1', 'parameter_invalid'],
    ['sig1=();created', 'parameter_invalid'],
    ['sig1=();expires=@1', 'parameter_invalid'],
    ['sig1=();created=1234567890123456', 'malformed'],
    ['sig1=();keyid=k', 'parameter_invalid'],
    ['sig1=();nonce=1', 'parameter_invalid'],
    ['sig1=();nonce=""', 'parameter_invalid'],
    ['sig1=();alg=ed25519', 'parameter_invalid'],
    ['sig1=();tag=:AAAA:', 'parameter_invalid'],
    ['sig1=();other=:AAAA:;more', 'read'],
  ])('or not: %s is %s', (input, problem) => {
    expect(inputProblem(input)).toEqual(problem === 'read' ? 'read' : [problem, 'signature_input_invalid'])
  })

  it.each([
    ['sig1="AAAA"', 'malformed'],
    ['sig1=(:AAAA:)', 'malformed'],
    ['sig1=:AAAA:;x', 'malformed'],
    ['sig1=:AAA:', 'base64_not_canonical'],
    ['sig1=:AAB=:', 'base64_not_canonical'],
    ['sig1=:AAAA:, sig1=:AAAA:', 'duplicate_key'],
    ['sig2=:AAAA:', 'labels_differ'],
    ['sig1=:AAAA:, sig2=:AAAA:', 'labels_differ'],
  ])('the Signature %s as %s', (signature, problem) => {
    expect(inputProblem('sig1=()', signature)).toEqual([problem, 'signature_input_invalid'])
  })

  it('more than 16 components, and a nonce of more than 128 characters', () => {
    expect([inputProblem(`sig1=(${components(16)})`), inputProblem(`sig1=(${components(17)})`)]).toEqual([
      'read',
      ['too_many_components', 'signature_input_invalid'],
    ])
    const withNonce = (length: number) => inputProblem(`sig1=();nonce="${'n'.repeat(length)}"`)
    expect([withNonce(128), withNonce(129)]).toEqual(['read', ['parameter_invalid', 'signature_input_invalid']])
  })

  it('headers longer than 8192 characters together', () => {
    const of = (length: number) => inputProblem(`sig1=();tag="${'t'.repeat(length - 14)}"`, 'sig1=:AAAA:')
    expect([of(8181), of(8182)]).toEqual(['read', ['too_long', 'signature_input_invalid']])
  })

  it('more than three signatures', () => {
    const of = (count: number) => {
      const labels = Array.from({ length: count }, (_, i) => `s${i}`)
      return inputProblem(labels.map((label) => `${label}=()`).join(), labels.map((label) => `${label}=:AAAA:`).join())
    }
    expect([of(3), of(4)]).toEqual(['read', ['too_many_signatures', 'signature_input_invalid']])
  })

  it('with words that are bounded, whatever was sent', () => {
    const found = read({ 'signature-input': `sig1=("${'f'.repeat(4000)}")`, signature: 'sig1=:AAAA:' })
    const problem =
      'problem' in found ? found : signatureBase(found[0] as MessageSignature, { status: 200, header: () => undefined })
    expect(problem).toMatchObject({ problem: 'component_not_available', refusal: 'signature_input_invalid' })
    expect((problem as { message: string }).message.length).toBeLessThan(400)
  })
})

it('never throws on any two texts', () => {
  const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.string())
  fc.assert(
    fc.property(texts, texts, (input, signature) => {
      read({ 'signature-input': input, signature })
      read({ 'signature-input': [input, signature], signature: [] })
    }),
    { numRuns: 500 },
  )
})

it('100,000 mutations of real headers: never a throw, never slow, and what is read can be built on', () => {
  const seeds = [...SIGNATURES, TWO_SIGNATURES]
  const random = randomFrom(20_261)
  const outcomes = new Map<string, number>()
  let slowestMs = 0
  const started = cpuMs()
  for (let i = 0; i < 100_000; i++) {
    const seed = seeds[random(seeds.length)] as (typeof seeds)[number]
    const mutated = mutate(seed.signatureInput, random)
    const headers = {
      'signature-input': mutated,
      signature: random(4) === 0 ? mutate(seed.signature, random) : seed.signature,
    }
    const before = cpuMs()
    const found = read(headers)
    if (!('problem' in found)) for (const signature of found) signatureBase(signature, ANY_MESSAGE)
    slowestMs = Math.max(slowestMs, cpuMs() - before)
    const outcome = 'problem' in found ? found.problem : 'read'
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  expect(cpuMs() - started).toBeLessThan(20_000)
  expect(slowestMs).toBeLessThan(2000)
  const reached = [
    'read',
    'malformed',
    'duplicate_key',
    'labels_differ',
    'base64_not_canonical',
    'duplicate_component',
    'parameter_invalid',
    'too_long',
  ]
  expect(reached.filter((outcome) => !outcomes.has(outcome))).toEqual([])
}, 180_000)

it('the longest headers there may be take no longer than their length', () => {
  const worst = [
    `sig1=(${'"a";b '.repeat(1300)})`,
    `sig1=()${';a'.repeat(4000)}`,
    `sig1=()${Array.from({ length: 1500 }, (_, i) => `;k${i}`).join('')}`,
    Array.from({ length: 1500 }, (_, i) => `k${i}`).join(),
    `sig1=("${'\\"'.repeat(4000)}")`,
    `sig1=${'('.repeat(8000)}`,
    `sig1=:${'A'.repeat(8000)}:`,
    ' '.repeat(8100),
  ]
  const started = cpuMs()
  for (let i = 0; i < 10; i++) for (const input of worst) inputProblem(input)
  expect((cpuMs() - started) / 80).toBeLessThan(40)
})

const ANY_MESSAGE = {
  method: 'POST',
  target: '/foo?a=b',
  authority: 'example.com',
  scheme: 'https',
  header: () => 'a=1, b',
}
const PIECES = [
  '"',
  '\\',
  '(',
  ')',
  ';',
  ',',
  '=',
  ':',
  ' ',
  '\t',
  '?1',
  '@',
  '-',
  '1e9',
  '"@method"',
  ';req',
  ';created=1',
  'é',
  '\n',
  '\0',
  'sig1=()',
  ';nonce="x"',
]

function components(count: number): string {
  return Array.from({ length: count }, (_, i) => `"f${i}"`).join(' ')
}

/** One to four changes: a piece put in, taken out, doubled, exchanged, or the whole repeated. */
function mutate(text: string, random: (below: number) => number): string {
  let mutated = text
  for (let changes = 1 + random(4); changes > 0; changes--) {
    const at = random(mutated.length + 1)
    const length = random(12)
    const piece = PIECES[random(PIECES.length)] as string
    const rest = mutated.slice(at + length)
    const kind = random(40)
    if (kind === 0) mutated = mutated.repeat(1 + random(40)).slice(0, 20_000)
    else if (kind < 12) mutated = mutated.slice(0, at) + piece + mutated.slice(at)
    else if (kind < 22) mutated = mutated.slice(0, at) + rest
    else if (kind < 32) mutated = mutated.slice(0, at) + piece + rest
    else mutated = mutated.slice(0, at + length) + mutated.slice(at)
  }
  return mutated
}

/** Milliseconds of work, so that a busy machine changes nothing. */
function cpuMs(): number {
  return process.cpuUsage().user / 1000
}

/** The same numbers on every run. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
