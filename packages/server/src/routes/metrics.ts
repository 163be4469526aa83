import type { FastifyInstance } from 'fastify'
import { keepFor } from '../http/keep-for.ts'

/** How long figures are given again, in milliseconds. */
const KEPT_MS = 1_000

/** Serves what the process counted, in Prometheus' text format. Public, and without any key or account. */
export function addMetrics(app: FastifyInstance, collect: () => Promise<{ contentType: string; text: string }>): void {
  // Figures of all threads cost milliseconds, and nobody signs for them.
  const kept = keepFor(KEPT_MS, collect, () => performance.now())
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
    const { contentType, text } = await kept()
    return reply.type(contentType).send(text)
  })
}
