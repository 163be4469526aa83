import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeBase64 } from './encoding.ts'
import { readPem, writePem } from './pem.ts'

const der = Uint8Array.from({ length: 100 }, (_, i) => i)
const pem = writePem('PUBLIC KEY', der)
const body = encodeBase64(der)

describe('PEM', () => {
  it('is written with 64 characters a line and read back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 400 }), (bytes) => {
        const text = writePem('PRIVATE KEY', bytes)
        expect(readPem(text)).toEqual({ label: 'PRIVATE KEY', der: bytes })
        const lines = text.split('\n').slice(1, -2)
        expect(lines.slice(0, -1).every((line) => line.length === 64)).toBe(true)
        expect(lines.at(-1)?.length).toBeLessThanOrEqual(64)
      }),
    )
  })

  it.each([
    ['CRLF line ends', pem.replaceAll('\n', '\r\n')],
    ['white space around it', `\n\t ${pem} \r\n`],
    ['no newline at its end', pem.trimEnd()],
    ['one long line', `-----BEGIN PUBLIC KEY-----\n${body}\n-----END PUBLIC KEY-----`],
    ['short lines', `-----BEGIN PUBLIC KEY-----\n${body.match(/.{1,7}/g)?.join('\n')}\n-----END PUBLIC KEY-----`],
  ])('is read with %s', (_, text) => {
    expect(readPem(text)).toEqual({ label: 'PUBLIC KEY', der })
  })

  it.each([
    ['another label at its end', pem.replace('END PUBLIC', 'END PRIVATE')],
    ['text before it', `key:\n${pem}`],
    ['text after it', `${pem}x`],
    ['a second block', pem + pem],
    ['headers inside', pem.replace('KEY-----\n', 'KEY-----\nProc-Type: 4,ENCRYPTED\n\n')],
    ['no armour', body],
    ['no body', '-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----'],
    ['an empty line as its body', '-----BEGIN PUBLIC KEY-----\n\n\n-----END PUBLIC KEY-----'],
    ['everything on one line', pem.replaceAll('\n', '')],
    ['a body that is not base64', pem.replace(body.slice(0, 4), '!!!!')],
    ['a body cut short', pem.replace(body.slice(0, 4), body.slice(0, 3))],
    ['carriage returns alone', pem.replaceAll('\n', '\r')],
    ['a lower-case label', pem.replaceAll('PUBLIC KEY', 'public key')],
    ['nothing', ''],
  ])('is refused with %s', (_, text) => {
    expect(readPem(text)).toBeUndefined()
  })

  it('never throws, and answers at once, whatever the text', () => {
    fc.assert(
      fc.property(anyText(200), fc.nat({ max: pem.length }), (text, at) => {
        readPem(text)
        readPem(pem.slice(0, at) + text + pem.slice(at))
        readPem(`-----BEGIN PUBLIC KEY-----\n${text}\n-----END PUBLIC KEY-----`)
      }),
    )
    const started = performance.now()
    readPem(`-----BEGIN PUBLIC KEY-----\n${'A\n'.repeat(200_000)}`)
    readPem(`-----BEGIN PUBLIC KEY-----${'\n'.repeat(400_000)}`)
    readPem('-----BEGIN A'.repeat(40_000))
    expect(performance.now() - started).toBeLessThan(1000)
  })
})

/** Texts of any UTF-16 units, half of a surrogate pair included. */
function anyText(maxLength: number): fc.Arbitrary<string> {
  return fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength }).map((units) => String.fromCharCode(...units))
}
