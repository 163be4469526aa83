import { createReadStream } from 'node:fs'
import { ENCODINGS } from './encodings.ts'
import type { Secret } from './private-parameters.ts'

/** A secret that turned up. Its bytes are not repeated. */
export interface Finding {
  readonly where: string
  readonly secret: string
  readonly encoding: string
}

/** Looks for any run of 16 bytes of any of the secrets it was made for. */
export interface SecretSearch {
  inBytes(where: string, bytes: Buffer): Finding[]
  /** Reads the file piece by piece. */
  inFile(path: string): Promise<Finding[]>
}

/**
 * Whatever length a run has, an aligned piece of 8 bytes lies within it. So all windows of 8 bytes of all spellings are kept
 * in one table, each place of a text that is a multiple of 8 is looked up in it, and what is found there is compared to
 * both sides. Each text is searched a second time without its line breaks, real ones and escaped.
 */
export function createSecretSearch(secrets: readonly Secret[]): SecretSearch {
  const needles = secrets.flatMap(({ name, bytes }) =>
    ENCODINGS.flatMap(({ name: encoding, spellings, runLength }) =>
      spellings(bytes).map((text) => ({ secret: name, encoding, text, runLength })),
    ),
  )
  const table = new WindowTable(needles.map(({ text }) => text))

  function search(where: string, bytes: Buffer, found: Map<string, Finding>): void {
    for (let at = 0; at + WINDOW_BYTES <= bytes.length; at += WINDOW_BYTES) {
      table.lookUp(bytes, at, (needle, offset) => {
        const candidate = needles[needle]
        if (!candidate || commonRun(bytes, at, candidate.text, offset) < candidate.runLength) return
        const { secret, encoding } = candidate
        found.set(`${secret} ${encoding}`, { where, secret, encoding })
      })
    }
  }

  function searchBoth(where: string, bytes: Buffer, found: Map<string, Finding>): void {
    search(where, bytes, found)
    const joined = withoutLineBreaks(bytes)
    if (joined.length < bytes.length) search(where, joined, found)
  }

  return {
    inBytes(where, bytes) {
      const found = new Map<string, Finding>()
      searchBoth(where, bytes, found)
      return [...found.values()]
    },
    async inFile(path) {
      const found = new Map<string, Finding>()
      let rest = Buffer.alloc(0)
      for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES })) {
        const bytes = Buffer.concat([rest, piece])
        searchBoth(path, bytes, found)
        rest = bytes.subarray(-OVERLAP_BYTES)
      }
      return [...found.values()]
    },
  }
}

const WINDOW_BYTES = 8
const PIECE_BYTES = 1024 * 1024
/** More than the longest spelling of 16 bytes, with line breaks. */
const OVERLAP_BYTES = 512

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const BACKSLASH = 0x5c
const ESCAPED: ReadonlySet<number | undefined> = new Set(Buffer.from('rn'))

function withoutLineBreaks(bytes: Buffer): Buffer {
  const kept = Buffer.alloc(bytes.length)
  let length = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte === LINE_FEED || byte === CARRIAGE_RETURN) continue
    if (byte === BACKSLASH && ESCAPED.has(bytes[at + 1])) at++
    else kept[length++] = byte
  }
  return kept.subarray(0, length)
}

function commonRun(bytes: Buffer, at: number, text: Buffer, offset: number): number {
  let before = 0
  while (at > before && offset > before && bytes[at - before - 1] === text[offset - before - 1]) before++
  let after = 0
  while (at + after < bytes.length && offset + after < text.length && bytes[at + after] === text[offset + after])
    after++
  return before + after
}

/** Every window of 8 bytes of some texts, with where it is. Open addressing in flat arrays: there are millions. */
class WindowTable {
  readonly #texts: readonly Buffer[]
  readonly #slots: Int32Array
  readonly #mask: number
  readonly #needles: Int32Array
  readonly #offsets: Int32Array

  constructor(texts: readonly Buffer[]) {
    const count = texts.reduce((sum, text) => sum + Math.max(0, text.length - WINDOW_BYTES + 1), 0)
    const size = 2 ** Math.ceil(Math.log2(count * 2 + 2))
    this.#texts = texts
    this.#mask = size - 1
    this.#slots = new Int32Array(size).fill(-1)
    this.#needles = new Int32Array(count)
    this.#offsets = new Int32Array(count)
    let entry = 0
    for (const [needle, text] of texts.entries()) {
      for (let offset = 0; offset + WINDOW_BYTES <= text.length; offset++, entry++) {
        this.#needles[entry] = needle
        this.#offsets[entry] = offset
        let slot = this.#slotOf(text.readInt32LE(offset), text.readInt32LE(offset + 4))
        while (this.#slots[slot] !== -1) slot = (slot + 1) & this.#mask
        this.#slots[slot] = entry
      }
    }
  }

  /** Calls back for each place where the 8 bytes at a place of another text are. */
  lookUp(bytes: Buffer, at: number, found: (needle: number, offset: number) => void): void {
    const low = bytes.readInt32LE(at)
    const high = bytes.readInt32LE(at + 4)
    for (let slot = this.#slotOf(low, high); ; slot = (slot + 1) & this.#mask) {
      const entry = this.#slots[slot] ?? -1
      if (entry === -1) return
      const needle = this.#needles[entry] ?? 0
      const offset = this.#offsets[entry] ?? 0
      const text = this.#texts[needle]
      if (text?.readInt32LE(offset) === low && text.readInt32LE(offset + 4) === high) found(needle, offset)
    }
  }

  #slotOf(low: number, high: number): number {
    const mixed = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b)
    return (mixed ^ (mixed >>> 15)) & this.#mask
  }
}
