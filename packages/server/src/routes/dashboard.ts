import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { denied } from '@countersign/gate'
import serveFiles from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Settings } from '../config/settings.ts'
import { sendRefusal } from '../http/problem.ts'
import type { ServerContext } from '../server-context.ts'

/** The folder of the dashboard's build. */
const BUILD_FOLDER = fileURLToPath(new URL('../../public/dashboard/', import.meta.url))

const PLACE = '/dashboard'
const ASSETS = `${PLACE}/assets/`

const NONCE_PLACE = '{nonce}'

/** File names of a build hold a hash of the content, so a loaded file never changes. */
const ONE_YEAR = '365d'

/**
 * Serves the dashboard's build at `/dashboard`: one page for every address below it, and its files. Does nothing if it
 * is not built.
 */
export async function addDashboard(
  app: FastifyInstance,
  { settings, deploymentId, nonces, now }: Pick<ServerContext, 'settings' | 'deploymentId' | 'nonces' | 'now'>,
  folder = BUILD_FOLDER,
): Promise<void> {
  const html = readIfThere(`${folder}index.html`)
  if (html === undefined) return
  const page = fillIn(html, settings, deploymentId)
  const [head = '', tail = ''] = page.split(NONCE_PLACE)
  const publicHost = settings.publicUrl === undefined ? undefined : new URL(settings.publicUrl).host

  const sendPage = async (request: FastifyRequest, reply: FastifyReply) =>
    reply
      .header('content-security-policy', policyFor(publicHost ?? request.headers.host))
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      // So that a page's first requests are not refused without a nonce.
      .send(head + nonces.make(now()) + tail)

  app.get('/', { schema: { hide: true } }, async (_, reply) => reply.redirect(PLACE))
  await app.register(async (files) => {
    await files.register(serveFiles, { root: `${folder}assets/`, serve: false, preCompressed: true })
    for (const url of [PLACE, `${PLACE}/`, `${PLACE}/*`]) files.get(url, { schema: { hide: true } }, sendPage)
    files.get<{ Params: { '*': string } }>(`${ASSETS}*`, { schema: { hide: true } }, async (request, reply) => {
      const { '*': file } = request.params
      if (!/^[\w.-]+$/.test(file) || !existsSync(`${folder}assets/${file}`)) {
        return sendRefusal(request, reply, denied('not_found'))
      }
      return reply.sendFile(file, { immutable: true, maxAge: ONE_YEAR })
    })
  })
}

/**
 * Scripts come from the dashboard's own folder only. The reference page of the same origin, whose scripts evaluate
 * text, is excluded. If the policy cannot express the host (an IPv6 address), the whole origin is allowed.
 */
function policyFor(host: string | undefined): string {
  const scripts = host !== undefined && /^[a-z0-9.-]+(:\d+)?$/i.test(host) ? host + ASSETS : "'self'"
  return [
    "default-src 'none'",
    `script-src ${scripts}`,
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')
}

/** What the page must know about the deployment before it can call it. All of it is public. */
function fillIn(html: string, settings: Settings, deploymentId: string): string {
  const { basePath, publicPrefix, headerPrefix, signatureTag, windowMs, publicUrl, scopes, tiers, ownPublicKeyTier } =
    settings
  const known = {
    deploymentId,
    basePath,
    publicPrefix,
    headerPrefix,
    signatureTag,
    windowMs,
    publicUrl,
    scopes,
    tiers: Object.keys(tiers),
    ownPublicKeyTier,
    maxKeysPerAccount: settings.maxKeysPerAccount,
    mode: settings.mode,
  }
  return html.replace('{settings}', () => escapeAttribute(JSON.stringify(known)))
}

function escapeAttribute(text: string): string {
  return text.replace(/[&"<>]/g, (character) => `&#${character.charCodeAt(0)};`)
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
