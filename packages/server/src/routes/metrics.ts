import type { FastifyInstance } from 'fastify'

/** Serves what the process counted, in Prometheus' text format. Public, and without any key or account. */
export function addMetrics(app: FastifyInstance, collect: () => Promise<{ contentType: string; text: string }>): void {
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
    const { contentType, text } = await collect()
    return reply.type(contentType).send(text)
  })
}
