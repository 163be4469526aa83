import { describe, expect, test } from 'vitest'
import { styleOf } from './style.ts'
import { renderTable } from './table.ts'
import { escapeUntrusted, escapeUntrustedJson, escapeUntrustedLines } from './untrusted.ts'
import { cutTo, widthOf } from './width.ts'

describe('untrusted text', () => {
  test.each([
    ['\u001b[31m', '\\u{1b}[31m'],
    ['a\u202eb\u2066c\u200e', 'a\\u{202e}b\\u{2066}c\\u{200e}'],
    ['\u0000\u007f\u0085\u009b', '\\u{0}\\u{7f}\\u{85}\\u{9b}'],
    ['a\nb\tc\u2028', 'a\\u{a}b\\u{9}c\\u{2028}'],
    ['\ud800x', '\\u{d800}x'],
    ['\u{e0041}\ufeff\u200b', '\\u{e0041}\\u{feff}\\u{200b}'],
    ['plain, مفتاح, 鍵, é, 👩‍💻', 'plain, مفتاح, 鍵, é, 👩‍💻'],
  ])('%j', (text, shown) => {
    expect(escapeUntrusted(text)).toBe(shown)
  })

  test('of several lines keeps line breaks and tabs', () => {
    expect(escapeUntrustedLines('a\n\tb\r\u001b')).toBe('a\n\tb\\u{d}\\u{1b}')
  })

  test('in JSON stays the same document', () => {
    const value = { a: '\u202e\u0085\u{e0041}', b: 'x\ny' }
    const json = JSON.stringify(value, null, 2)
    expect(JSON.parse(escapeUntrustedJson(json))).toEqual(value)
    expect(escapeUntrustedJson(json)).toContain('\\u202e\\u0085\\udb40\\udc41')
  })
})

describe('style', () => {
  const tty = { isTTY: true, write: () => {} }

  test('has signs of ASCII where the locale is not UTF-8', () => {
    for (const env of [{}, { LANG: 'C' }, { LC_ALL: 'POSIX', LANG: 'en_US.UTF-8' }]) {
      const { signs } = styleOf(tty, { ...env, NO_COLOR: '1' }, true)
      expect(Object.values(signs)).toEqual(['*', '!', 'x', '...', '#', '.', '_.:-=+*#'])
    }
    for (const env of [{ LANG: 'C.UTF-8' }, { LC_CTYPE: 'en_US.utf8', LANG: 'C' }]) {
      const { signs } = styleOf(tty, { ...env, NO_COLOR: '1' }, true)
      expect(Object.values(signs)).toEqual(['●', '▲', '✕', '…', '█', '░', '▁▂▃▄▅▆▇█'])
    }
  })

  test('paints on a terminal', () => {
    expect(styleOf(tty, { LANG: 'C.UTF-8' }, true).signs.good).toBe('\u001b[32m●\u001b[39m')
  })
})

describe('width', () => {
  test.each([
    ['abc', 3],
    ['鍵', 2],
    ['e\u0301', 1],
    ['👩‍💻', 2],
    ['한', 2],
    ['', 0],
    ['\u001b[32m●\u001b[39m active', 8],
  ])('of %j is %d', (text, width) => {
    expect(widthOf(text)).toBe(width)
  })

  test('is never exceeded by a cut, and no letter is cut in two', () => {
    expect(cutTo('abcdef', 4, '…')).toBe('abc…')
    expect(cutTo('鍵鍵鍵', 4, '…')).toBe('鍵…')
    expect(cutTo('abcd', 4, '…')).toBe('abcd')
    expect(cutTo('👩‍💻👩‍💻👩‍💻', 5, '…')).toBe('👩‍💻👩‍💻…')
    expect(cutTo('Привет мир', 5, '…')).toBe('Прив…')
    expect(cutTo('𠀀𠀀𠀀𠀀', 6, '…')).toBe('𠀀𠀀…')
    expect(cutTo('ที่ที่ที่ที่ที่', 4, '…')).toBe('ที่ที่ที่…')
  })
})

describe('renderTable', () => {
  const plain = (text: string) => text
  const columns = ['A', 'B', 'C', 'D'].map((heading) => ({ heading, cells: ['x'.repeat(10), 'y'] }))

  test('keeps the columns that fit, from the left', () => {
    expect(renderTable(columns, plain, { width: 34, ellipsis: '…' }).split('\n')[0]).toBe('A           B           C')
    expect(renderTable(columns, plain, { width: 33, ellipsis: '…' }).split('\n')[0]).toBe('A           B')
    expect(renderTable(columns, plain, { width: 5, ellipsis: '…' }).split('\n')[0]).toBe('A           B')
  })

  test('aligns marked cells by what is seen of them', () => {
    const marked = [
      { heading: 'A', cells: ['x', 'yy'], mark: (text: string) => `\u001b[1m${text}\u001b[22m` },
      { heading: 'B', cells: ['1', '2'] },
    ]
    expect(renderTable(marked, plain)).toBe('A   B\n\u001b[1mx\u001b[22m   1\n\u001b[1myy\u001b[22m  2\n')
  })
})
