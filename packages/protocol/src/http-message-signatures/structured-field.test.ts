import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDictionary, parseItem, parseList } from './parse-structured-field.ts'
import {
  isKey,
  serializeDictionary,
  serializeItem,
  serializeList,
  serializeMember,
  serializeString,
} from './serialize-structured-field.ts'
import {
  type BareItem,
  type Dictionary,
  type Item,
  isInnerList,
  type Member,
  type Parameters,
} from './structured-field.ts'

const KEYS = fc.stringMatching(/^[a-z*][a-z0-9_.*-]{0,8}$/)
const STRINGS = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) })
const TOKENS = fc.stringMatching(/^[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]{0,12}$/)
const INTEGERS = fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 }).map((value) => value + 0)
const DECIMALS = fc.integer({ min: -999_999_999_999, max: 999_999_999_999 }).map((value) => value / 1000 + 0)
const BARE_ITEMS: fc.Arbitrary<BareItem> = fc.oneof(
  INTEGERS.map((value) => ({ kind: 'integer' as const, value })),
  INTEGERS.map((value) => ({ kind: 'date' as const, value })),
  DECIMALS.map((value) => ({ kind: 'decimal' as const, value })),
  STRINGS.map((value) => ({ kind: 'string' as const, value })),
  TOKENS.map((value) => ({ kind: 'token' as const, value })),
  fc.uint8Array({ maxLength: 90 }).map((value) => ({ kind: 'bytes' as const, value })),
  fc.boolean().map((value) => ({ kind: 'boolean' as const, value })),
)
const PARAMETERS: fc.Arbitrary<Parameters> = fc
  .array(fc.tuple(KEYS, BARE_ITEMS), { maxLength: 4 })
  .map((entries) => new Map(entries))
const ITEMS: fc.Arbitrary<Item> = fc.record({ item: BARE_ITEMS, parameters: PARAMETERS })
const MEMBERS: fc.Arbitrary<Member> = fc.oneof(
  ITEMS,
  fc.record({ items: fc.array(ITEMS, { maxLength: 4 }), parameters: PARAMETERS }),
)
const DICTIONARIES: fc.Arbitrary<Dictionary> = fc
  .array(fc.tuple(KEYS, MEMBERS), { maxLength: 5 })
  .map((entries) => new Map(entries))
const NEARLY = fc.string({ unit: fc.constantFrom(...'ab*A019 \t"\\():;,=?@-._%/+é\n'), maxLength: 40 })

describe('what is serialised is read again', () => {
  it('items', () => {
    fc.assert(fc.property(ITEMS, (item) => void expect(parseItem(serializeItem(item))).toEqual(item)))
  })

  it('lists', () => {
    fc.assert(
      fc.property(
        fc.array(MEMBERS),
        (list) => void expect(withoutTexts(parseList([serializeList(list)]))).toEqual(list),
      ),
    )
  })

  it('dictionaries, on one line or on several', () => {
    fc.assert(
      fc.property(DICTIONARIES, (dictionary) => {
        expect(withoutTexts(parseDictionary([serializeDictionary(dictionary)]))).toEqual(dictionary)
        const lines = [...dictionary].map((entry) => serializeDictionary(new Map([entry])))
        expect(withoutTexts(parseDictionary(lines))).toEqual(dictionary)
      }),
    )
  })
})

describe('inner lists', () => {
  const LISTS = fc.record({ items: fc.array(ITEMS, { maxLength: 4 }), parameters: PARAMETERS })
  /** What follows the opening bracket: canonical, or with a little put in somewhere, which often leaves it readable. */
  const RESTS = fc
    .tuple(LISTS, fc.constantFrom('', ' ', '0', '-', '=?1', ')', '.0', '"'), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([list, inserted, part]) => {
      const text = serializeMember(list).slice(1)
      const at = Math.floor(part * text.length)
      return text.slice(0, at) + inserted + text.slice(at)
    })

  it('carry the text that they were read from only where it is the canonical one', () => {
    let canonical = 0
    let other = 0
    fc.assert(
      fc.property(RESTS, (rest) => {
        const list = parseList([`(${rest}`])
        for (const member of typeof list === 'string' ? [] : list.filter(isInnerList)) {
          if (member.text === undefined) other++
          else canonical++
          expect([undefined, serializeMember(member)]).toContain(member.text)
        }
      }),
      { numRuns: 2000 },
    )
    expect(Math.min(canonical, other)).toBeGreaterThan(20)
  })

  it.each(['("@method" "a";sf);created=12;keyid="\\"";x', '()', '(a ::);b=?0', '("a)" 1);q=")"'])(
    '%s is its own text',
    (text) => {
      for (let time = 0; time < 2; time++) expect(parseList([`${text} , ${text}`])).toMatchObject([{ text }, { text }])
    },
  )

  it.each([
    ...[
      '( )',
      '( a)',
      '(a )',
      '(a  b)',
      '(a; b)',
      '(a);  b',
      '();a=01',
      '();a=-0',
      '(-00)',
      '(01)',
      '();a=?1',
      '(a;b=?1)',
    ],
    ...['(1.0)', '(1.50)', '();a=2.00', '();a=@01', '(@-0)'],
  ])('%s is not', (text) => {
    for (let time = 0; time < 2; time++) expect(parseList([text])).toEqual([expect.not.objectContaining({ text })])
  })

  it('that are known by their text are read as those that are not', () => {
    fc.assert(
      fc.property(RESTS, (rest) => {
        // A space after the bracket means nothing, and such a text is never kept.
        const fresh = withoutTexts(parseList([`( ${rest}`]))
        for (let time = 0; time < 2; time++) expect(withoutTexts(parseList([`(${rest}`]))).toEqual(fresh)
      }),
      { numRuns: 2000 },
    )
  })

  it('are read right whatever was read before them', () => {
    for (const text of ['("a")', '("a)")', '("a" "b)";x)', '("a)" "b")', '("a")']) {
      expect(withoutTexts(parseList([text]))).toEqual(withoutTexts(parseList([text.replace('(', '( ')])))
      expect(serializeList(parseList([`${text};q=")"`]) as Member[])).toBe(`${text};q=")"`)
    }
    for (let i = 0; i < 600; i++) expect(serializeList(parseList([`("c${i}")`]) as Member[])).toBe(`("c${i}")`)
  })
})

it('what is read at all has one text, and reading that changes nothing', () => {
  let read = 0
  fc.assert(
    fc.property(NEARLY, (text) => {
      const dictionary = parseDictionary([text])
      if (typeof dictionary === 'string') return
      read++
      const canonical = serializeDictionary(dictionary)
      expect(serializeDictionary(parseDictionary([canonical]) as Dictionary)).toBe(canonical)
    }),
    { numRuns: 5000 },
  )
  expect(read).toBeGreaterThan(20)
})

it('never throws on any text', () => {
  fc.assert(
    fc.property(fc.oneof(NEARLY, fc.string({ unit: 'binary' })), (text) => {
      parseDictionary([text, text])
      parseList([text])
      parseItem(text)
    }),
    { numRuns: 1000 },
  )
})

describe('dictionaries', () => {
  it.each([
    ['a=1,b=2', 'a=1, b=2'],
    ['  a=1 \t,\t b  ', 'a=1, b'],
    ['a=?1;x=?1, b=?0', 'a;x, b=?0'],
    ['a=( "x"   y;q=1.50 );  z', 'a=("x" y;q=1.5);z'],
    ['a=()', 'a=()'],
    ['a=-0, b=007, c=1.0, d=-1.250, e=@12', 'a=0, b=7, c=1.0, d=-1.25, e=@12'],
    ['*a=tok:en/x, b.-_*1="\\"\\\\"', '*a=tok:en/x, b.-_*1="\\"\\\\"'],
    ['a=::, b=:aGk=:', 'a=::, b=:aGk=:'],
    ['', ''],
  ])('%j is %j', (text, canonical) => {
    const dictionary = parseDictionary([text])
    expect(typeof dictionary === 'string' ? dictionary : serializeDictionary(dictionary)).toBe(canonical)
  })

  it.each([
    'a=1,',
    ',a=1',
    'a=1,,b=2',
    'a=1 b=2',
    'A=1',
    '1=1',
    'a =1',
    'a= 1',
    'a=',
    'a=(',
    'a=("x"',
    'a=("x""y")',
    'a=("x"\t"y")',
    'a=(("x"))',
    'a="x',
    'a="\\x"',
    'a="\n"',
    'a="é"',
    'a=1234567890123456',
    'a=1234567890123.1',
    'a=1.',
    'a=1.1234',
    'a=.1',
    'a=-',
    'a=--1',
    'a=+1',
    'a=?2',
    'a=?',
    'a=@1.5',
    'a=%"display"',
    'a=:aGk=',
    'a=1;',
    'a=1;X',
    'a=1;x=',
    'a=1;x\t;y',
    'a=é',
  ])('%j is malformed', (text) => expect(parseDictionary([text])).toBe('malformed'))

  it.each(['a=1, a=2', 'a, a', 'a=1;x;x=2', 'a=("q";x;y;x)', 'a=();x;x'])('%j has a key twice', (text) =>
    expect(parseDictionary([text])).toBe('duplicate_key'),
  )

  it('a key must not come twice on two lines, nor a line end inside a value', () => {
    expect(parseDictionary(['a=1', 'b=1, a=1'])).toBe('duplicate_key')
    expect(parseDictionary(['a="x', 'y"'])).toBe('malformed')
    expect(parseDictionary(['a=1', ' '])).toBe('malformed')
    expect(parseList(['a', ''])).toBe('malformed')
  })

  it.each([
    'a=:aGk:',
    'a=:aGl=:',
    'a=:aG k=:',
    'a=:aGk=\n:',
    'a=:aG-_:',
    'a=:=aGk:',
    'a=:a===:',
    'a=:====:',
    'a=:é===:',
  ])('%j is not canonical base64', (text) => expect(parseDictionary([text])).toBe('base64_not_canonical'))

  it('a prototype has no members', () => {
    const dictionary = parseDictionary(['a=1'])
    expect(typeof dictionary !== 'string' && dictionary.get('constructor')).toBeUndefined()
  })
})

it('items end where their text ends', () => {
  expect(parseItem('  1;a  ')).toEqual({
    item: { kind: 'integer', value: 1 },
    parameters: new Map([['a', { kind: 'boolean', value: true }]]),
  })
  expect([parseItem('1, 2'), parseItem(''), parseItem('(1)'), parseItem('1 x')]).toEqual(Array(4).fill('malformed'))
})

it('strings are quoted, and refused where they are not printable ASCII', () => {
  expect(serializeString('a"b\\c')).toBe('"a\\"b\\\\c"')
  expect(() => serializeString('é')).toThrow(TypeError)
  expect(() => serializeString('a\nb')).toThrow(TypeError)
})

it('knows keys', () => {
  expect(['sig1', '*a', 'a.b-c_d*1'].every(isKey)).toBe(true)
  expect(['', '1a', 'A', 'a b', 'sigÉ', '-a'].some(isKey)).toBe(false)
})

/** All but the texts that inner lists were read from; they have a test of their own. */
function withoutTexts(read: readonly Member[] | Dictionary | string): unknown {
  if (typeof read === 'string') return read
  const strip = (member: Member) => (isInnerList(member) ? { ...member, text: undefined } : member)
  return 'map' in read ? read.map(strip) : new Map([...read].map(([key, member]) => [key, strip(member)]))
}
