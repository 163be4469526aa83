import { METHODS } from 'node:http'
import { denied } from '@countersign/gate'
import type { FastifyInstance } from 'fastify'
import { sendRefusal } from '../http/problem.ts'

/** Answers 405 with `Allow` for every other method of the routes that are added after this call. */
export function refuseOtherMethods(app: FastifyInstance): { finish(): void } {
  const allowed = new Map<string, Set<string>>()
  let finished = false

  for (const method of METHODS) if (!app.supportedMethods.includes(method)) app.addHttpMethod(method)
  app.addHook('onRoute', ({ url, method }) => {
    if (finished) return
    const methods = allowed.get(url) ?? new Set()
    for (const name of [method].flat()) methods.add(name)
    allowed.set(url, methods)
  })

  return {
    finish() {
      finished = true
      for (const [url, methods] of allowed) {
        const allow = [...methods].sort().join(', ')
        app.route({
          method: app.supportedMethods.filter((method) => !methods.has(method)),
          url,
          schema: { hide: true },
          onRequest: async (request, reply) => {
            reply.header('allow', allow)
            return sendRefusal(request, reply, denied('method_not_allowed'))
          },
          handler: async () => undefined,
        })
      }
    },
  }
}
