import { constants, createPublicKey, verify } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { parentPort, workerData } from 'node:worker_threads'

const key = createPublicKey(String(workerData))
const options = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }

const server = createServer((request, response) => {
  response.writeHead(isSigned(request.headers) ? 200 : 401, { 'Content-Length': '0' })
  response.end()
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  parentPort?.postMessage(typeof address === 'object' ? address?.port : undefined)
})

function isSigned(headers: IncomingHttpHeaders): boolean {
  const [path] = text(headers['x-original-uri']).split('?', 1)
  const signed = `${headers['kalshi-access-timestamp']}${headers['x-original-method']}${path}`
  const signature = Buffer.from(text(headers['kalshi-access-signature']), 'base64')
  return text(headers['kalshi-access-key']) !== '' && verify('sha256', Buffer.from(signed), options, signature)
}

function text(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value : ''
}
