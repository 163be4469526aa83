import type { FastifyInstance } from 'fastify'
import { keepFor } from '../http/keep-for.ts'

/** How long the same figures are served, in milliseconds. */
const KEPT_MS = 1_000

/** Serves the process's metrics in Prometheus' text format. Public, and without any key or account. */
export function addMetrics(app: FastifyInstance, collect: () => Promise<{ contentType: string; text: string }>): void {
  // The figures of all threads cost milliseconds, and this call needs no signature.
  const kept = keepFor(KEPT_MS, collect, () => performance.now())
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
    const { contentType, text } = await kept()
    return reply.type(contentType).send(text)
  })
}
