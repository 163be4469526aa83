/** A program: a Fastify server that checks who calls in one of three ways, and answers with nothing. */
import type { AddressInfo } from 'node:net'
import { gatePlugin } from '@countersign/gate/fastify'
import Fastify from 'fastify'
import { answerQuestions } from '../authorize/served-process.ts'
import { openGate, signatureCheck, tokenCheck } from './checks.ts'
import { ORDERS } from './requests.ts'
import type { Setup } from './setup.ts'

const { check, databaseUrl, publicKeyPem } = JSON.parse(process.argv[2] ?? '') as Setup
const app = Fastify()
if (check === 'gate') await app.register(gatePlugin, { gate: await openGate(databaseUrl) })
if (check === 'verify') {
  const isSigned = signatureCheck(publicKeyPem)
  app.addHook('onRequest', (request, reply, done) => {
    if (isSigned(request.raw)) done()
    else reply.code(401).send()
  })
}
if (check === 'jose') {
  const isSigned = await tokenCheck(publicKeyPem)
  app.addHook('onRequest', async (request, reply) => {
    if (!(await isSigned(request.raw))) return reply.code(401).send()
  })
}
app.get(ORDERS, (_, reply) => void reply.send())
app.post(ORDERS, (_, reply) => void reply.send())
await app.listen({ host: '127.0.0.1', port: 0 })
answerQuestions((app.server.address() as AddressInfo).port, async () => process.exit())
