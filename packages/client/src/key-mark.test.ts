import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { keyMark } from './key-mark.ts'

describe('the mark of a key', () => {
  const mark = keyMark(sha256(''))
  const strands = (part: string) => mark.paths.full.filter((path) => path.part === part)

  it('is the one of the test vector', () => {
    expect(mark.name).toBe('hexagon rose, 9 petals leaning left, inner 7 leaning right, square')
    expect(strands('outer')).toHaveLength(5)
    expect(strands('inner')).toHaveLength(3)
    expect(strands('outer')[0]?.hue).toBe(25)
    expect(strands('inner')[0]?.hue).toBe(340)
    expect(textHash(strands('outer')[0]?.d)).toBe('d454b7b8ce4bab1c')
    expect(textHash(strands('inner')[0]?.d)).toBe('3349331386fd33f9')
    expect(textHash(mark.paths.small[0]?.d)).toBe('50e1a0889adbc773')
  })

  it('draws the outer ring as one thick outline where it is small', () => {
    expect(mark.paths.small[0]).toMatchObject({ part: 'outline', strokeWidth: 11, hue: 25 })
  })

  it('has two different colours, whatever the key', () => {
    for (let i = 0; i < 200; i++) {
      const { full, small } = keyMark(randomBytes(32)).paths
      const hues = new Set(full.map(({ hue }) => hue))
      expect(hues.size).toBe(2)
      for (const { d } of [...full, ...small]) expect(d).not.toContain('NaN')
    }
  })

  it('stays inside its view box', () => {
    for (let i = 0; i < 50; i++) {
      for (const { d, part } of keyMark(randomBytes(32)).paths.full) {
        if (part !== 'outer' && part !== 'inner') continue
        const numbers = d.match(/-?\d+\.\d+/g)?.map(Number) ?? []
        expect(Math.min(...numbers)).toBeGreaterThan(0)
        expect(Math.max(...numbers)).toBeLessThan(64)
      }
    }
  })

  it('is drawn from 32 bytes only', () => {
    expect(() => keyMark(new Uint8Array(31))).toThrow(RangeError)
  })
})

function sha256(text: string): Uint8Array {
  return createHash('sha256').update(text).digest()
}

function textHash(d: string | undefined): string {
  return createHash('sha256')
    .update(d ?? '')
    .digest('hex')
    .slice(0, 16)
}
