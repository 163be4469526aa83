import { encodeBase64, encodeUtf8, STATEMENT_ALGORITHMS } from '@countersign/protocol'
import { apiUrl, deployment, publicBasePath } from '../../deployment.ts'
import { makeKeyPair } from '../../keys/make-key-pair.ts'

/** A request with a mistake, signed with a key that is made for it. */
export interface Example {
  readonly label: string
  readonly make: () => Promise<{ readonly request: string; readonly publicKeyPem: string }>
}

const PATH = `${publicBasePath}/portfolio/orders`

/** One example for each format that can be pasted. */
export const EXAMPLES: readonly Example[] = [
  {
    label: 'curl: query string signed',
    make: () => signed((at) => `${at}GET${PATH}?status=open`, curl),
  },
  {
    label: 'raw HTTP: base path left out',
    make: () => signed((at) => `${at}GET${PATH.slice(publicBasePath.length)}`, rawHttp),
  },
  {
    label: 'HAR: method in lower case',
    make: () => signed((at) => `${at}get${PATH}`, har),
  },
]

type Headers = readonly (readonly [name: string, value: string])[]

async function signed(textOf: (timestamp: number) => string, write: (headers: Headers) => string) {
  const { signingKey, publicKeyPem } = await makeKeyPair('rsa')
  const timestamp = Date.now()
  const bytes = await signingKey.sign(STATEMENT_ALGORITHMS.rsa, encodeUtf8(textOf(timestamp)))
  const { headerPrefix } = deployment
  const request = write([
    [`${headerPrefix}-ACCESS-KEY`, crypto.randomUUID()],
    [`${headerPrefix}-ACCESS-TIMESTAMP`, String(timestamp)],
    [`${headerPrefix}-ACCESS-SIGNATURE`, encodeBase64(bytes)],
  ])
  return { request, publicKeyPem }
}

function curl(headers: Headers): string {
  return [`curl '${apiUrl}${PATH}?status=open'`, ...headers.map(([name, value]) => `  -H '${name}: ${value}'`)].join(
    ' \\\n',
  )
}

function rawHttp(headers: Headers): string {
  const lines = [`GET ${PATH}?status=open HTTP/1.1`, `Host: ${new URL(apiUrl).host}`]
  return [...lines, ...headers.map(([name, value]) => `${name}: ${value}`), '', ''].join('\n')
}

function har(headers: Headers): string {
  const request = {
    method: 'GET',
    url: `${apiUrl}${PATH}?status=open`,
    headers: headers.map(([name, value]) => ({ name, value })),
  }
  return JSON.stringify({ request }, null, 2)
}
