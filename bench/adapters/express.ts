/** A program: an Express server that checks who calls in one of three ways, and answers with nothing. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { gateMiddleware } from '@countersign/gate/express'
import express from 'express'
import { answerQuestions } from '../authorize/served-process.ts'
import { openGate, signatureCheck, tokenCheck } from './checks.ts'
import { ORDERS } from './requests.ts'
import type { Setup } from './setup.ts'

const { check, databaseUrl, publicKeyPem } = JSON.parse(process.argv[2] ?? '') as Setup
const app = express()
if (check === 'gate') app.use(gateMiddleware({ gate: await openGate(databaseUrl) }))
if (check === 'verify') {
  const isSigned = signatureCheck(publicKeyPem)
  app.use((request, response, next) => {
    if (isSigned(request)) next()
    else response.status(401).end()
  })
}
if (check === 'jose') {
  const isSigned = await tokenCheck(publicKeyPem)
  app.use(async (request, response, next) => {
    if (await isSigned(request)) next()
    else response.status(401).end()
  })
}
app.use(express.json())
app.all(ORDERS, (_, response) => {
  response.set('content-length', '0').end()
})
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
answerQuestions((server.address() as AddressInfo).port, async () => process.exit())
