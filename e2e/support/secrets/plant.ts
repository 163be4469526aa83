import type { Random } from '../random.ts'
import { ENCODINGS } from './encodings.ts'
import type { Secret } from './private-parameters.ts'

/** A copy of some bytes with a piece of a secret in it. */
export interface Planted {
  readonly secret: string
  readonly encoding: string
  readonly bytes: Buffer
}

/** Writes 16 bytes of a random secret over a random place of the bytes, once for each encoding. */
export function plantEachEncoding(bytes: Buffer, secrets: readonly Secret[], random: Random): Planted[] {
  return ENCODINGS.map(({ name, spellings, runLength }) => {
    const secret = random.pick(secrets)
    const text = random.pick(spellings(secret.bytes))
    const start = random.between(0, text.length - runLength)
    const copy = Buffer.from(bytes)
    text.copy(copy, random.between(0, bytes.length - runLength), start, start + runLength)
    return { secret: secret.name, encoding: name, bytes: copy }
  })
}
