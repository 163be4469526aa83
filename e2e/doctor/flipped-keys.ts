import { inspectPem } from '@countersign/doctor'
import type { KeyInForms } from './key-forms.ts'
import type { KeyToRead } from './read-keys.ts'

/** One byte of one form of a key, and the bits that are flipped in it. */
export interface Flip {
  readonly form: string
  readonly at: number
  readonly mask: number
}

/** Which texts the doctor vouches for: those that it calls sound, and those that it wrote. */
export interface Vouched {
  /** By their text, so that each is read once. */
  readonly sound: Map<string, KeyToRead>
  readonly repaired: Map<string, KeyToRead>
  /** What the doctor said that cannot be so, whatever toolkits read. */
  readonly wrong: string[]
  looked: number
}

/** Nothing vouched for so far. */
export function newVouched(): Vouched {
  return { sound: new Map(), repaired: new Map(), wrong: [], looked: 0 }
}

/** Lets the doctor look at a key with one changed byte, and notes what it vouches for. */
export async function lookAtFlip(key: KeyInForms, { form, at, mask }: Flip, vouched: Vouched): Promise<void> {
  const bytes = Uint8Array.from(key.forms[form] ?? [])
  bytes[at] = (bytes[at] ?? 0) ^ mask
  const name = `${key.type} ${form}, byte ${at} flipped by ${mask}`
  vouched.looked++
  const { problems, publicKey, repaired, isPrivate } = await inspectPem(bytes)
  const spki = publicKey ? Buffer.from(publicKey.spki).toString('base64') : ''
  // An RSA private key holds itself several times over: what is made of it is that key or none.
  if (key.type === 'rsa' && isPrivate && publicKey && spki !== key.spki) vouched.wrong.push(name)
  if (problems.length === 0) {
    if (!publicKey) vouched.wrong.push(name)
    vouched.sound.set(Buffer.from(bytes).toString('latin1'), { content: bytes, spki, name })
  }
  if (repaired !== undefined) vouched.repaired.set(repaired, { content: repaired, spki, name: `${name}, repaired` })
}
