/** How bytes may turn up somewhere. */
export interface Encoding {
  readonly name: string
  /** A text that contains every spelling of every run of the bytes; or several, where the spelling depends on the place. */
  readonly spellings: (bytes: Buffer) => readonly Buffer[]
  /** How many of its characters are surely there where 16 of the bytes are. */
  readonly runLength: number
}

/** Bytes that make a run. */
export const RUN_BYTES = 16

/** Everything that a program is likely to print, store or send bytes as. */
export const ENCODINGS: readonly Encoding[] = [
  { name: 'raw', spellings: (bytes) => [bytes], runLength: RUN_BYTES },
  { name: 'base64', spellings: (bytes) => alignments(bytes).map((text) => Buffer.from(text)), runLength: 20 },
  {
    name: 'base64url',
    spellings: (bytes) => alignments(bytes).map((text) => Buffer.from(text.replaceAll('+', '-').replaceAll('/', '_'))),
    runLength: 20,
  },
  written('hex', (bytes) => bytes.toString('hex'), 2 * RUN_BYTES),
  written('HEX', (bytes) => bytes.toString('hex').toUpperCase(), 2 * RUN_BYTES),
  // As Node prints a Buffer, openssl an integer, JSON and Node an array.
  written('hex with spaces', (bytes) => hexWith(bytes, ' '), 3 * RUN_BYTES - 1),
  written('hex with colons', (bytes) => hexWith(bytes, ':'), 3 * RUN_BYTES - 1),
  written('numbers with commas', (bytes) => [...bytes].join(','), 2 * RUN_BYTES - 1),
  written('numbers with commas and spaces', (bytes) => [...bytes].join(', '), 3 * RUN_BYTES - 2),
]

function written(name: string, text: (bytes: Buffer) => string, runLength: number): Encoding {
  return { name, spellings: (bytes) => [Buffer.from(text(bytes))], runLength }
}

function hexWith(bytes: Buffer, separator: string): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(separator)
}

/** Base64 spells bytes in three ways, by what comes before them; left out are the characters that hold bits of others. */
function alignments(bytes: Buffer): string[] {
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    const last = (before + bytes.length) % 3 === 0 ? 0 : 1
    return text.slice(Math.ceil((before * 8) / 6), text.length - last)
  })
}
