import { constants, createPrivateKey, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { SignerInput } from '../run-signers.ts'

/** Mistaken signers with node:crypto: tab-separated lines, as in openssl.sh. */
export function nodeSigners(input: SignerInput): string[] {
  const { TIMESTAMP, TARGET_PATH, QUERY, BODY, HOST, ENCODED_PATH } = input
  const sorted = QUERY.slice(1).split('&').sort().join('&')
  const rsa = createPrivateKey(readFileSync(input.RSA_KEY))
  const ed25519 = createPrivateKey(readFileSync(input.ED25519_KEY))
  const text = `${TIMESTAMP}GET${TARGET_PATH}`
  const pss = (signed: string) => {
    const padding = constants.RSA_PKCS1_PSS_PADDING
    return sign('sha256', Buffer.from(signed), { key: rsa, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST })
  }
  const short = (signed: string) => sign(null, Buffer.from(signed), ed25519).toString('base64')
  const say = (name: string, causes: string, type: string, request: string, signature: string) =>
    [name, causes, type, request, TIMESTAMP, signature].join('\t')
  return [
    say('PSS', 'correct', 'rsa', 'GET', pss(text).toString('base64')),
    say('Ed25519', 'correct', 'ed25519', 'QUERY', short(text)),
    say('sign() as it is', 'pkcs1_padding', 'rsa', 'GET', sign('sha256', Buffer.from(text), rsa).toString('base64')),
    say('base64 twice', 'signature_encoded_twice', 'rsa', 'GET', btoa(pss(text).toString('base64'))),
    say(
      'new URL(url).href',
      'host_signed,query_signed',
      'rsa',
      'QUERY',
      pss(`${TIMESTAMP}GEThttps://${HOST}${TARGET_PATH}${QUERY}`).toString('base64'),
    ),
    say(
      'JSON.stringify of the body',
      'body_appended',
      'ed25519',
      'POST',
      short(`${TIMESTAMP}POST${TARGET_PATH}${JSON.stringify(JSON.parse(BODY))}`),
    ),
    say('the method of the request before', 'other_method_signed', 'ed25519', 'POST', short(text)),
    say(
      'pathname without its slash',
      'leading_slash_missing',
      'rsa',
      'GET',
      pss(`${TIMESTAMP}GET${TARGET_PATH.slice(1)}`).toString('base64'),
    ),
    say(
      'colons between',
      'separators_added',
      'rsa',
      'GET',
      pss([TIMESTAMP, 'GET', TARGET_PATH].join(':')).toString('base64'),
    ),
    say('reversed bytes', 'signature_reversed', 'rsa', 'GET', Buffer.from(pss(text)).reverse().toString('base64')),
    say('sorted parameters', 'query_signed', 'rsa', 'QUERY', pss(`${text}?${sorted}`).toString('base64')),
    say(
      'encodeURI of a path that is encoded',
      'path_encoding',
      'rsa',
      'ENCODED',
      pss(`${TIMESTAMP}GET${encodeURI(ENCODED_PATH)}`).toString('base64'),
    ),
    say(
      'the body of another call',
      'body_appended',
      'rsa',
      'POST',
      pss(`${TIMESTAMP}POST${TARGET_PATH}{}`).toString('base64'),
    ),
    say("a gateway's prefix", 'path_prefix', 'rsa', 'GET', pss(`${TIMESTAMP}GET/gw${TARGET_PATH}`).toString('base64')),
    say('SHA-224', 'none', 'rsa', 'GET', sign('sha224', Buffer.from(text), rsa).toString('base64')),
    say('a nonce at the end', 'none', 'ed25519', 'GET', short(`${text}nonce-1`)),
  ]
}
