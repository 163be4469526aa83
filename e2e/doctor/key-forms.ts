import { execFile } from 'node:child_process'
import { createPrivateKey, createPublicKey, type KeyExportOptions } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { inspectPem } from '@countersign/doctor'

const run = promisify(execFile)

/** A key pair in twelve of the forms in which people have it. */
export interface KeyInForms {
  readonly type: 'rsa' | 'ed25519'
  /** The public key, base64. */
  readonly spki: string
  readonly forms: Readonly<Record<string, Uint8Array>>
}

/** Forms that every toolkit reads as they are. */
export const SOUND_FORMS: readonly string[] = ['pkcs8', 'crlf', 'pkcs1', 'long line', 'spki']

/** A new key pair that ssh-keygen made, in twelve forms. */
export async function makeKeyInForms(type: 'rsa' | 'ed25519', folder: string, name: string): Promise<KeyInForms> {
  const file = join(folder, name)
  await run('ssh-keygen', [
    '-q',
    '-t',
    type,
    ...(type === 'rsa' ? ['-b', '2048'] : []),
    '-N',
    '',
    '-C',
    name,
    '-f',
    file,
  ])
  const openssh = await readFile(file)
  const { repaired } = await inspectPem(openssh)
  const key = createPrivateKey(repaired ?? '')
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const pem = (options: object) => String(key.export({ format: 'pem', ...options } as KeyExportOptions))
  const pkcs8 = pem({ type: 'pkcs8' })
  const [first, ...lines] = pkcs8.trim().split('\n')
  const last = lines.pop()
  const der = key.export({ type: 'pkcs8', format: 'der' })
  const text = (content: string) => new Uint8Array(Buffer.from(content))
  return {
    type,
    spki: spki.toString('base64'),
    forms: {
      pkcs8: text(pkcs8),
      crlf: text(pkcs8.replaceAll('\n', '\r\n')),
      'long line': text([first, lines.join(''), last, ''].join('\n')),
      spki: text(String(createPublicKey(key).export({ type: 'spki', format: 'pem' }))),
      openssh: new Uint8Array(openssh),
      jwk: text(JSON.stringify(key.export({ format: 'jwk' }))),
      base64: text(der.toString('base64')),
      utf16: new Uint8Array(Buffer.from(`\ufeff${pkcs8.replaceAll('\n', '\r\n')}`, 'utf16le')),
      'byte order mark': text(`\ufeff${pkcs8}`),
      'literal newlines': text(pkcs8.replaceAll('\n', '\\n')),
      binary: new Uint8Array(der),
      ...(type === 'rsa'
        ? { pkcs1: text(pem({ type: 'pkcs1' })) }
        : { seed: text(der.subarray(-32).toString('base64')) }),
    },
  }
}
