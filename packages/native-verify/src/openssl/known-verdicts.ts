import type { KnownVerdict } from '../known-verdict.ts'

/** An RSA public key whose private half was thrown away. */
const SPKI =
  'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAtTqdDDeQF6GKDhDXk3WM8th3qxckdHPoMMKOQs8WU0gRfdN4UjM7yXV1ojVX8ZSBJdqq' +
  'KovCVjJdKCIcP+ko28CP3HbRAombDmOma2ubBn0lDASVKKRfIHV1vibiS2KOFzxo/mZTVRmPNDLuA+npjN3uk0vek9m6TWqpZWcGvU3g9vuxUNIx' +
  '7WjFu4e+s9Uw0df+QBnyu23sHMaDQdzB3osZs3q1F90k/c9SBYBLurRbtnvTdQduxIi092PUmgZfi27xOoDY5sKNH3Oq3D/hyVDGBXBZY0wpR3s2' +
  'qoZ+difM4O+O9On3inUZD2jGG26O6JBhg2c8ItOx/HQef3n/3QIDAQAB'

/** node:crypto's verdicts on RSA signatures of the kinds on which verifiers could differ. */
export const RSA_VERDICTS: readonly KnownVerdict[] = [
  {
    input: 'salt of 32 bytes',
    spki: SPKI,
    algorithm: 'rsa-pss-sha256',
    signature:
      'N0R5BSF8aHfv4fuFurU5V6H8USDWipdlluL7qk91rL8kxa6DszMCnVt0nvwmcE/yrkOGfuEZ2wI0c6Ws0y6+KXVXlaCFF3syYoDdPqr2K4Itszds' +
      '2D/nJ7smSzw1k6R5IpoxbcNmqWVxoEgvOf63VoJFIGmsikPehxPmEssO+w6LB/D8cXKxT6Z9FqfSqSHndsU9OgfwkfZkXL4zLZK+ff2afoV+jPmS' +
      'Or/gn2CQ2uWTahm/uCqSIdjSJfsz1h5nfWM9nEGxeKuL4fuIvaYmYe/DW8bRrJ71BpUjKkbC0pFMoZFCDuIt1bdDmBNf0TWnToum0Q4ThfQwJ3HX' +
      'OUjRcw==',
    isValid: true,
  },
  {
    input: 'salt of 20 bytes',
    spki: SPKI,
    algorithm: 'rsa-pss-sha256',
    signature:
      'oJXLV++LKQIlDdYm2KowzeoGbl2p5TMsl92vMAQgNMXUpNNQEXUrPHviqD2kaj2lVTph2lnQ83iu9wNomSH0F574z4Z8upFuobKDYwosS+VidPQk' +
      'Q02mjEypa4y/iRp11+UjA2ffoPsVzIkQnZ6oKD+HMoCvGkpIdEpwgQPnfy3oybZy3sSRtUXP/qUfJKfwf1MuiDXKYdpTBJGCq1Wk7b8cZMh45+jX' +
      '1E/iIXtZJtsS8QG4Wrhy1thx9OHTcuEwpv3l5mQ4gK5aCtVQSISReMp3MfWWIrGT89PpKWfS0GIiuQbLUIoV9W4h4FXoqZ28y6boJwJ9hpKcgCnh' +
      '/vS6fg==',
    isValid: true,
  },
  {
    input: 'salt of 64 bytes',
    spki: SPKI,
    algorithm: 'rsa-pss-sha512',
    signature:
      'MlYYbhmu8k8AVaDs56aF7L++M3JKq8DNmLIkr3gkueqdSNqwhCmMZMRQBWuoVTHOx5IDBqRB0eu59ElL4LFQ7Ob3n4wHYZ3pHSCGOfJipyqD7D8s' +
      's8AHAxd7CQwJhoTkZJTufV+uUCxaM0sD/cCLJSX/me/woc5c7gmqbq2jx1eV+rs05uB7u5kQ0p1uUbURE6nHdRYw2UK6JlXGLquzeM9LeX86QEHn' +
      '2twJOz976+tj7W1lCx4JyoJJSYOmruNqKjziCF//ovOMtsPQRZwmsVHNjgZreEJJejo8HxBunT5ytm8WUmY6LC9MDVqAIKCL6nlAd/Bf2s+SyyKc' +
      'Cd+v8g==',
    isValid: true,
  },
  {
    input: 'salt of 32 bytes where 64 are asked for',
    spki: SPKI,
    algorithm: 'rsa-pss-sha512',
    signature:
      'n0mY88fuEgCZAgA5hU64h6bCuO61gM69VsgzidQt87+9AvD+0NFopFdMWtvvIMx3c6PUF3BdUVmS9ryGY7a85vKXgkSjsNA7akMlwJRLsKJO/vjP' +
      'wtuBWBGgzDuZ5o+Amvaari8O9Li08zq5jQJcsa+7yVHKt0DztjNt1FISc26olebv0AEYKANrXOJGuX70/i8QrrHYd7XxMM7C8jmIGsMmp2b7IwSS' +
      'bSBYhdTZBvd4WAMO6fI2AuWgvju3MmdY69Q8gk9pLDa/2wxbGLDa77N4GMUtdo7VWzPZWhipIexjJ5ROpj1p1StxK616qwI0b9mWOW9Ouh/i/cMc' +
      'vOwYMg==',
    isValid: false,
  },
  {
    input: 'PKCS#1 v1.5',
    spki: SPKI,
    algorithm: 'rsa-pss-sha256',
    signature:
      'mzWCtRjlD4wqer6ZTUUSJ0E/NiJIWJRxh4wjLDZATE4MJJZ/a0qlgvo8HALpUTQDPvoLg+7+ok4khDtCskFVMNwU2hRZRfhgAu6gtP0MFHhyCrYu' +
      'Zi5pts8izN/vCwkvMXyZ07C6uyQU1raLHbo+Dx/vI6umlILryMZKzCz3mO9+AQCdh8RGNqNplqcgO5iSKTtURQSO7hed3ba32RGuDFnVElusopFp' +
      'RYRdUxzLrHusi0t2xFKsgwwfLBFI3u4NK+mLXtHYzCSxwP8SeGo2pkHY/1aaP8WnOunazHaskaSZzuO1SbsLaIn/O+OEiXXpGxKCytvw+gvmoOdB' +
      'tSxGww==',
    isValid: false,
  },
  {
    input: 'another digest',
    spki: SPKI,
    algorithm: 'rsa-pss-sha512',
    signature:
      'N0R5BSF8aHfv4fuFurU5V6H8USDWipdlluL7qk91rL8kxa6DszMCnVt0nvwmcE/yrkOGfuEZ2wI0c6Ws0y6+KXVXlaCFF3syYoDdPqr2K4Itszds' +
      '2D/nJ7smSzw1k6R5IpoxbcNmqWVxoEgvOf63VoJFIGmsikPehxPmEssO+w6LB/D8cXKxT6Z9FqfSqSHndsU9OgfwkfZkXL4zLZK+ff2afoV+jPmS' +
      'Or/gn2CQ2uWTahm/uCqSIdjSJfsz1h5nfWM9nEGxeKuL4fuIvaYmYe/DW8bRrJ71BpUjKkbC0pFMoZFCDuIt1bdDmBNf0TWnToum0Q4ThfQwJ3HX' +
      'OUjRcw==',
    isValid: false,
  },
]
