import type { KnownVerdict } from '../known-verdict.ts'

const SPKI = 'MCowBQYDK2VwAyEAxTtfVKNV+u4WIJnQzCC80UKIBmIDOLZIkYGR+P6BNsA='
/** The same point plus a point of order 8. */
const MIXED_SPKI = 'MCowBQYDK2VwAyEAgkGMKtH2s/aEauR9E4M2o/x5xRAZgR6YtSsXclsHPOA='

/**
 * Cases in which implementations of RFC 8032 differ, with node:crypto's verdict. All but the first are refused,
 * although each was made with the private key and some verifier accepts it (docs/decisions/008).
 */
export const ED25519_VERDICTS: readonly KnownVerdict[] = [
  {
    input: 'nothing: an ordinary signature',
    spki: SPKI,
    algorithm: 'ed25519',
    signature: 'XmKKhJiW1VmQUfD/Dpk5BFgIW1nXcIfi8ALBAnJzHApPOUMkf0yi7RDTgkOXNm+cdYSM4/rGOcMW/NQQdAXCBA==',
    isValid: true,
  },
  {
    input: 'the group order added to S',
    spki: SPKI,
    algorithm: 'ed25519',
    signature: 'XmKKhJiW1VmQUfD/Dpk5BFgIW1nXcIfi8ALBAnJzHAo8DTmBma+0RedveuZ1ME6xdYSM4/rGOcMW/NQQdAXCFA==',
    isValid: false,
  },
  {
    input: 'fourteen times the group order added to S: its highest bits set',
    spki: SPKI,
    algorithm: 'ed25519',
    signature: 'XmKKhJiW1VmQUfD/Dpk5BFgIW1nXcIfi8ALBAnJzHApF0LQ58LejvslmDS3E4KDAdoSM4/rGOcMW/NQQdAXC5A==',
    isValid: false,
  },
  {
    input: 'a point of order 8 added to R: valid where the cofactor is multiplied out',
    spki: SPKI,
    algorithm: 'ed25519',
    signature: '87rfeWEbwnVdqiXdNmvyFseiHVe43sy/vVtZRsOj5+6mxvWqY0VTBsi2Sd/sSMzGafMQOjvy1wnqAtk0zEvBBw==',
    isValid: false,
  },
  {
    input: 'a point of order 8 added to the public key: likewise',
    spki: MIXED_SPKI,
    algorithm: 'ed25519',
    signature: 'XmKKhJiW1VmQUfD/Dpk5BFgIW1nXcIfi8ALBAnJzHApl3QnNeBUxlUZECSSgaX8pT35cQgZD9WM773/vv9wSCA==',
    isValid: false,
  },
  {
    input: 'R the neutral element',
    spki: SPKI,
    algorithm: 'ed25519',
    signature: 'AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACkW/W4L3vChY1QYv9SmAiA78wu2NevNqD7Z6u//XiHBw==',
    isValid: false,
  },
  {
    input: 'R the neutral element, y not reduced',
    spki: SPKI,
    algorithm: 'ed25519',
    signature: '7v///////////////////////////////////////38jJ0Z1ucGyJQCdjKv3FUgLbKc7b7FCTKgAo1j1g1vaAA==',
    isValid: false,
  },
  {
    input: 'R the neutral element, with a sign',
    spki: SPKI,
    algorithm: 'ed25519',
    signature: 'AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAICIC7kcKjP16awGTSx1KsQs3nmJBUU0zeezNVPlnWuGCA==',
    isValid: false,
  },
]
