import { expect, test, vi } from 'vitest'
import type { RequestMessage } from './message.ts'
import { readMessageSignatures } from './message-signature.ts'
import { signatureBase } from './signature-base.ts'

const work = vi.hoisted(() => ({ characters: 0 }))

/** Counts the characters that are parsed and written, in both directions. */
vi.mock('./parse-structured-field.ts', async (original) => {
  const real = await original<typeof import('./parse-structured-field.ts')>()
  const counted =
    <Result>(parse: (lines: readonly string[]) => Result) =>
    (lines: readonly string[]) => {
      for (const line of lines) work.characters += line.length
      return parse(lines)
    }
  return { ...real, parseDictionary: counted(real.parseDictionary), parseList: counted(real.parseList) }
})
vi.mock('./serialize-structured-field.ts', async (original) => {
  const real = await original<typeof import('./serialize-structured-field.ts')>()
  const counted =
    <Value>(write: (value: Value) => string) =>
    (value: Value) => {
      const text = write(value)
      work.characters += text.length
      return text
    }
  return {
    ...real,
    serializeBytes: counted(real.serializeBytes),
    serializeDictionary: counted(real.serializeDictionary),
    serializeList: counted(real.serializeList),
    serializeMember: counted(real.serializeMember),
    serializeItem: counted(real.serializeItem),
  }
})

/** What the platform takes of a request line and headers together. */
const MAX_BYTES = 16_384

const PARAMETERS = ';created=1700000000;keyid="ID";tag="countersign"'
const SIGNATURE = `s=:${Buffer.alloc(256).toString('base64')}:`

function covers(components: readonly string[], parameters = PARAMETERS): string {
  return `s=("@method" "@authority" "@path" ${components.join(' ')})${parameters}`
}

/** As many as fit into the platform's limit beside the signature itself. */
function fill(of: (n: number) => string, between = ', ', characters = 14_000): string {
  let text = of(0)
  for (let n = 1; text.length < characters; n++) text += between + of(n)
  return text
}

function each(count: number, of: (n: number) => string): string[] {
  return Array.from({ length: count }, (_, n) => of(n))
}

interface Row {
  readonly input: string
  readonly target?: string
  readonly signature?: string
  readonly x?: string | readonly string[]
}

/** The dearest forms of every part that a sender can choose. */
const ROWS: Readonly<Record<string, Row>> = {
  'members of one dictionary': { input: covers(each(13, (n) => `"x";key="k${n}"`)), x: fill((n) => `k${n}=1`) },
  'members, from the end of it': {
    input: covers(each(13, (n) => `"x";key="k${1_500 - n}"`)),
    x: fill((n) => `k${n}=1`),
  },
  'members in strict form': { input: covers(each(13, (n) => `"x";sf;key="k${n}"`)), x: fill((n) => `k${n}=1`) },
  'one field in every form': {
    input: covers(['"x"', '"x";sf', '"x";bs', '"x";key="k1"', '"x";key="k2"', '"x";sf;key="k1"']),
    x: fill((n) => `k${n}=1`),
  },
  'a field of inner lists': { input: covers(['"x";sf']), x: fill((n) => `k${n}=(1 2)`) },
  'a field that is no structured field': { input: covers(['"x";sf', '"x";key="a"']), x: fill(() => 'a b') },
  'a field of blanks': { input: covers(each(13, (n) => `"x";key="k${n}"`)), x: `a${' '.repeat(14_000)}b` },
  'a field on a thousand lines': {
    input: covers(['"x";bs', '"x";sf', '"x"']),
    x: each(1_000, (n) => `k${n}=1`),
  },
  'parameters of the query': {
    input: covers(each(13, (n) => `"@query-param";name="k${n}"`)),
    target: `/?${fill((n) => `k${n}=1`, '&')}`,
  },
  'everything of a long target': {
    input: covers(['"@target-uri"', '"@request-target"', '"@query"', '"@query-param";name="k1"']),
    target: `/?${fill((n) => `k${n}=1`, '&')}`,
  },
  'a list of components as long as it may be': { input: `s=(${fill((n) => `"k${n}"`, ' ', 7_000)})${PARAMETERS}` },
  'parameters of the signature as many as there may be': {
    input: covers([], PARAMETERS + fill((n) => `;p${n}="\\\\"`, '', 7_000)),
  },
  'a key id of escapes': { input: covers([], `;created=1;keyid="${'\\\\'.repeat(3_500)}"`) },
  'three signatures': {
    input: each(3, (s) => `s${s}${covers(each(13, (n) => `"x";key="k${n}"`)).slice(1)}`).join(', '),
    signature: each(3, (s) => `s${s}${SIGNATURE.slice(1)}`).join(', '),
    x: fill((n) => `k${n}=1`, ', ', 12_000),
  },
}

test.each(Object.entries(ROWS))('the work of %s is at most 6 characters for each received', (_, row) => {
  const { input, signature = SIGNATURE, target = '/', x = '' } = row
  const headers: Record<string, string | readonly string[]> = { 'signature-input': input, signature, x }
  const message: RequestMessage = {
    method: 'GET',
    target,
    authority: 'api.example.com',
    scheme: 'https',
    header: (name) => headers[name],
  }
  const bytes = Object.entries(headers)
    .flatMap(([name, value]) => [value].flat().map((line) => `${name}: ${line}\r\n`))
    .concat(target)
    .join('').length
  work.characters = 0
  const read = readMessageSignatures(message.header)
  const bases = 'problem' in read ? [] : read.map((each) => signatureBase(each, message))
  for (const base of bases) if (typeof base === 'string') work.characters += base.length

  expect(bytes).toBeLessThan(MAX_BYTES)
  expect(work.characters / bytes).toBeLessThan(6)
})
