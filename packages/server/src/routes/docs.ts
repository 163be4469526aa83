import { createHash } from 'node:crypto'
import { type Call, SCHEMAS } from '@countersign/api'
import { accessHeaderNames } from '@countersign/protocol'
import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import type { Settings } from '../config/settings.ts'

/** Collects the OpenAPI 3.1 document from the schemas that validate. Call it before any route is added. */
export async function addOpenApi(app: FastifyInstance, { headerPrefix, signatureTag }: Settings): Promise<void> {
  for (const schema of SCHEMAS) app.addSchema(schema)
  const names = accessHeaderNames(headerPrefix)
  const header = (name: string, description: string) => ({ type: 'apiKey', in: 'header', name, description }) as const
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Countersign',
        version: '0.1.0',
        description:
          'API keys that sign: make, restrict, rotate and revoke them; see how they are used and what was changed.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          keyId: header(names.keyId.toUpperCase(), 'The id of the API key.'),
          timestamp: header(names.timestamp.toUpperCase(), 'Unix milliseconds, 13 decimal digits.'),
          signature: header(
            names.signature.toUpperCase(),
            'Standard base64 of the signature over timestamp, method and path (without the query): RSA-PSS with ' +
              'SHA-256, or Ed25519, as the registered key is.',
          ),
          signatureInput: header(
            'Signature-Input',
            'RFC 9421: what the signature covers (`@method`, `@authority`, `@path`, `@query` where there is one, ' +
              '`content-digest` where there is a body) and its parameters: `created`, `keyid` (the id of the API key), ' +
              '`nonce` on every method but GET, HEAD and OPTIONS' +
              (signatureTag === null ? '.' : `, \`tag\` ("${signatureTag}").`),
          ),
          messageSignature: header(
            'Signature',
            'RFC 9421: the signature, `rsa-pss-sha512` or `ed25519`, as the registered key is. A body is covered by the ' +
              'header Content-Digest (RFC 9530, sha-256 or sha-512).',
          ),
        },
      },
      security: securityOf('access-headers'),
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, i) => (typeof json.$id === 'string' ? json.$id : `def-${i}`),
    },
  })
}

/** The security requirements of a call: the headers of its profile, or of any stronger one. */
export function securityOf(profile: Call['profile']): Record<string, string[]>[] {
  const messageSignatures = { signatureInput: [], messageSignature: [] }
  const accessHeaders = { keyId: [], timestamp: [], signature: [] }
  return profile === 'http-message-signatures' ? [messageSignatures] : [messageSignatures, accessHeaders]
}

/** Serves the document at `/openapi.json` and as pages at `/docs`. */
export async function addDocs(app: FastifyInstance): Promise<void> {
  const openApi = onFirstUse(() => {
    const body = Buffer.from(JSON.stringify(app.swagger()))
    return { body, tag: `"${createHash('sha256').update(body).digest('base64url')}"` }
  })
  app.get('/openapi.json', { schema: { hide: true } }, async (request, reply) => {
    const { body, tag } = openApi()
    // A cache may store it, and checks each time whether it has changed.
    reply.header('etag', tag).header('cache-control', 'no-cache')
    if (request.headers['if-none-match'] === tag) return reply.code(304).send()
    return reply.type('application/json; charset=utf-8').send(body)
  })
  const { default: reference } = await import('@scalar/fastify-api-reference')
  await app.register(async (pages) => {
    pages.addHook('onSend', async (_request, reply) => {
      reply.header('content-security-policy', DOCS_POLICY)
    })
    await pages.register(reference, {
      routePrefix: '/docs',
      logLevel: 'silent',
      configuration: {
        url: '/openapi.json',
        withDefaultFonts: false,
        telemetry: false,
        hideClientButton: true,
        // These link to services of others.
        showDeveloperTools: 'never',
        agent: { disabled: true },
        mcp: { disabled: true },
      },
    })
  })
}

/** A value that is made once, when it is first needed. Every answer shares it. */
function onFirstUse<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** The reference page brings an inline script and styles of its own; nothing else of the origin is served under this. */
const DOCS_POLICY =
  "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; " +
  "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
