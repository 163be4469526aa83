import { concatBytes, encodeAscii, fromHex } from '../bytes.ts'
import type { InputProblem, ParsedRequest } from './parsed-request.ts'
import { chooseExchange, headLines, type WireExchange } from './wire-exchange.ts'

const SECTION = /^(?:[\d:.]+ )?(?:\[\S+\] )?(=>|<=) (?:Send|Recv) (header|data), (\d+) bytes \(0x[0-9a-f]+\)$/
const OTHER_SECTION = /^(?:[\d:.]+ )?(?:\[\S+\] )?(?:==|=>|<=) /
const ROW = /^([0-9a-f]{4,}): (.*)$/
/** The bytes of a row of --trace, as hexadecimal and then as text. */
const HEX_ROW = /^((?:[0-9a-f]{2} ){1,16}) {0,48}.{1,16}$/

/** Whether a text is what `curl --trace` or `curl --trace-ascii` writes. */
export function isCurlTrace(text: string): boolean {
  return /=> Send header, \d+ bytes \(0x/.test(text)
}

/** The request in what `curl --trace` or `curl --trace-ascii` writes. */
export function parseCurlTrace(text: string): ParsedRequest | InputProblem {
  const exchanges: { sent: Uint8Array; isBodyWhole: boolean; answer: string[] }[] = []
  for (const { direction, kind, size, rows } of sectionsOf(text)) {
    const { bytes, isExact } = bytesOf(rows, size)
    if (direction === '=>' && kind === 'header') exchanges.push({ sent: bytes, isBodyWhole: true, answer: [] })
    const current = exchanges.at(-1)
    if (!current) continue
    if (direction === '<=') current.answer.push(...headLines(bytes))
    else if (kind === 'data') {
      current.sent = concatBytes(current.sent, bytes)
      current.isBodyWhole &&= isExact
    }
  }
  return chooseExchange(exchanges satisfies WireExchange[])
}

interface Section {
  readonly direction: string
  readonly kind: string
  readonly size: number
  readonly rows: { readonly offset: number; readonly text: string }[]
}

function sectionsOf(text: string): Section[] {
  const sections: Section[] = []
  let current: Section | undefined
  for (const line of text.split(/\r?\n/)) {
    const [, direction = '', kind = '', size = ''] = SECTION.exec(line) ?? []
    if (direction !== '') {
      current = { direction, kind, size: Number(size), rows: [] }
      sections.push(current)
    } else if (OTHER_SECTION.test(line)) current = undefined
    const [, offset = '', row = ''] = ROW.exec(line) ?? []
    if (offset !== '') current?.rows.push({ offset: Number.parseInt(offset, 16), text: row })
  }
  return sections
}

/**
 * The bytes of a section. In ASCII traces a full stop stands for each unprintable byte, so a body with full stops may
 * differ.
 */
function bytesOf(rows: Section['rows'], size: number): { bytes: Uint8Array; isExact: boolean } {
  const hex = rows.map(({ text }) => HEX_ROW.exec(text)?.[1])
  if (hex.every((row) => row !== undefined)) {
    const bytes = fromHex(hex.join('').replaceAll(' ', ''))
    if (bytes?.length === size) return { bytes, isExact: true }
  }
  const text = rows
    .map((row, i) => {
      // Line ends are not written: two bytes lie between this row and the next.
      const end = rows[i + 1]?.offset ?? size
      return row.text + '\r\n'.repeat(Math.max(0, end - row.offset - row.text.length) / 2)
    })
    .join('')
  return { bytes: encodeAscii(text), isExact: text.length === size && !text.includes('.') }
}
