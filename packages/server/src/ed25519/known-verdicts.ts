import { decodeBase64, encodeUtf8 } from '@countersign/protocol'

/** Whether an Ed25519 signature (64 bytes) by a point (32 bytes) is over some data. */
export type VerifyDetached = (signature: Uint8Array, data: Uint8Array, point: Uint8Array) => boolean

interface KnownVerdict {
  /** What is special about it. */
  readonly input: string
  readonly point: string
  readonly signature: string
  readonly isValid: boolean
}

const DATA = encodeUtf8('1703123456789GET/trade-api/v2/portfolio/balance')
const POINT = 'xTtfVKNV+u4WIJnQzCC80UKIBmIDOLZIkYGR+P6BNsA='
const MIXED_POINT = 'gkGMKtH2s/aEauR9E4M2o/x5xRAZgR6YtSsXclsHPOA='

/**
 * Where implementations of RFC 8032 are known to differ, and what node:crypto says. All but the first are refused, though
 * each was made with the private key and some verifier takes it (docs/decisions/008).
 */
export const KNOWN_VERDICTS: readonly KnownVerdict[] = [
  {
    input: 'nothing: an ordinary signature',
    point: POINT,
    signature: 'XmKKhJiW1VmQUfD/Dpk5BFgIW1nXcIfi8ALBAnJzHApPOUMkf0yi7RDTgkOXNm+cdYSM4/rGOcMW/NQQdAXCBA==',
    isValid: true,
  },
  {
    input: 'the group order added to S',
    point: POINT,
    signature: 'XmKKhJiW1VmQUfD/Dpk5BFgIW1nXcIfi8ALBAnJzHAo8DTmBma+0RedveuZ1ME6xdYSM4/rGOcMW/NQQdAXCFA==',
    isValid: false,
  },
  {
    input: 'fourteen times the group order added to S: its highest bits set',
    point: POINT,
    signature: 'XmKKhJiW1VmQUfD/Dpk5BFgIW1nXcIfi8ALBAnJzHApF0LQ58LejvslmDS3E4KDAdoSM4/rGOcMW/NQQdAXC5A==',
    isValid: false,
  },
  {
    input: 'a point of order 8 added to R: valid where the cofactor is multiplied out',
    point: POINT,
    signature: '87rfeWEbwnVdqiXdNmvyFseiHVe43sy/vVtZRsOj5+6mxvWqY0VTBsi2Sd/sSMzGafMQOjvy1wnqAtk0zEvBBw==',
    isValid: false,
  },
  {
    input: 'a point of order 8 added to the public key: likewise',
    point: MIXED_POINT,
    signature: 'XmKKhJiW1VmQUfD/Dpk5BFgIW1nXcIfi8ALBAnJzHApl3QnNeBUxlUZECSSgaX8pT35cQgZD9WM773/vv9wSCA==',
    isValid: false,
  },
  {
    input: 'R the neutral element',
    point: POINT,
    signature: 'AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACkW/W4L3vChY1QYv9SmAiA78wu2NevNqD7Z6u//XiHBw==',
    isValid: false,
  },
  {
    input: 'R the neutral element, y not reduced',
    point: POINT,
    signature: '7v///////////////////////////////////////38jJ0Z1ucGyJQCdjKv3FUgLbKc7b7FCTKgAo1j1g1vaAA==',
    isValid: false,
  },
  {
    input: 'R the neutral element, with a sign',
    point: POINT,
    signature: 'AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAICIC7kcKjP16awGTSx1KsQs3nmJBUU0zeezNVPlnWuGCA==',
    isValid: false,
  },
]

/** Whether a verification has node:crypto's verdict on every input of {@link KNOWN_VERDICTS}; what throws has not. */
export function hasKnownVerdicts(verify: VerifyDetached): boolean {
  try {
    return KNOWN_VERDICTS.every(({ point, signature, isValid }) => {
      return verify(bytesOf(signature), DATA, bytesOf(point)) === isValid
    })
  } catch {
    return false
  }
}

function bytesOf(base64: string): Uint8Array {
  return decodeBase64(base64) ?? new Uint8Array(0)
}
