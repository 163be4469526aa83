import { describe, expect, test } from 'vitest'
import { type AccessFacts, accessTexts } from './access-texts.ts'
import { QUICK, THOROUGH } from './depth.ts'

const FACTS: AccessFacts = {
  timestamp: '1703123456789',
  method: 'POST',
  target: '/trade-api/v2/portfolio/orders?a=%20b',
  keyId: '8c1f02aa-5d1e-4c0b-9f0e-6a2f3f7b9c10',
  basePath: '/trade-api/v2',
  body: new TextEncoder().encode('{"ticker":"A","count":1}'),
  authorities: ['api.example.com'],
  schemes: ['https', 'http'],
}

describe('accessTexts', () => {
  test('begins with the right text, which means no mistake; all others mean one or two', async () => {
    const [right, ...wrong] = await accessTexts(FACTS, THOROUGH)
    expect(right).toEqual({
      text: '1703123456789POST/trade-api/v2/portfolio/orders',
      form: 'utf-8',
      causes: [],
      isTimed: true,
    })
    expect(new Set(wrong.map(({ causes }) => causes.length))).toEqual(new Set([1, 2]))
  })

  test('holds each text once, and no more than its depth says', async () => {
    for (const depth of [QUICK, THOROUGH]) {
      const texts = await accessTexts(FACTS, depth)
      expect(new Set(texts.map(({ form, text }) => `${form} ${text}`)).size).toBe(texts.length)
      expect(texts.length).toBeLessThanOrEqual(depth.maxTexts + (depth.triesNeighbours ? 2000 : 0))
    }
  })

  test('with a body it tries all that a server tries, which has none', async () => {
    const keyOf = ({ form, text }: { form: string; text: string }) => `${form} ${text}`
    for (const method of ['GET', 'POST', 'DELETE']) {
      for (const body of [FACTS.body, new Uint8Array(0), new TextEncoder().encode('not JSON')]) {
        const known = new Set((await accessTexts({ ...FACTS, method, body }, THOROUGH)).map(keyOf))
        const tried = (await accessTexts({ ...FACTS, method, body: undefined }, QUICK)).map(keyOf)
        expect(tried.filter((text) => !known.has(text))).toEqual([])
      }
    }
  })

  test('says which texts were made for this time', async () => {
    for (const { text, form, isTimed } of await accessTexts(FACTS, THOROUGH)) {
      if (isTimed) expect(text, form).toContain('1703123456')
    }
  })

  test('a request with little to get wrong has few', async () => {
    const bare = { ...FACTS, target: '/', basePath: '', body: undefined, authorities: [] }
    expect((await accessTexts(bare, QUICK)).length).toBeLessThanOrEqual(QUICK.maxTexts)
  })
})
