import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { checkContentDigest } from '@countersign/protocol'

/** A small API of a provider. It knows nothing of keys and signatures: it trusts what Countersign says of the caller. */
export function createProviderApi(print: (line: string) => void): Server {
  return createServer(async (request, response) => {
    // A rule makes this route public: nobody is identified there.
    if (request.url === '/trade-api/v2/exchange/status') return answer(response, 200, { status: 'open' })
    const caller = callerOf(request)
    if (!caller) return answer(response, 401, { error: 'this request did not come through Countersign' })
    const body = await buffer(request)
    const problem = await bodyProblem(request, body)
    print(
      `${request.method} ${request.url} by account ${caller.account}, key ${caller.key}${problem ? ': ' : ''}${problem ?? ''}`,
    )
    if (problem) return answer(response, 400, { error: problem })
    const [path] = (request.url ?? '').split('?', 1)
    switch (`${request.method} ${path}`) {
      case 'GET /trade-api/v2/portfolio/balance':
        return answer(response, 200, { balance: 10_000, ...caller })
      case 'POST /trade-api/v2/portfolio/orders':
        return answer(response, 201, { status: 'resting', ...caller })
      default:
        return answer(response, 404, { error: 'not found' })
    }
  })
}

/** Who calls, as Countersign found out; nobody where it was not asked, or only observes and would have refused. */
function callerOf({ headers }: IncomingMessage): { account: string; key: string; subaccount?: number } | undefined {
  const text = (name: string) => String(headers[name] ?? '')
  const [account, key] = [text('x-countersign-account'), text('x-countersign-key')]
  if (account === '' || key === '') return undefined
  const subaccount = text('x-countersign-subaccount')
  return { account, key, ...(subaccount !== '' && { subaccount: Number(subaccount) }) }
}

/** Why a body is not the one that was signed. Countersign decides before there is a body, so this is left to the API. */
async function bodyProblem({ headers }: IncomingMessage, body: Uint8Array): Promise<string | undefined> {
  if (headers['x-countersign-profile'] !== 'http-message-signatures') return undefined
  if (headers['x-countersign-digest'] !== 'unchecked') return body.length > 0 ? 'a body that was not signed' : undefined
  return (await checkContentDigest(String(headers['content-digest']), body))?.message
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  const text = `${JSON.stringify(body)}\n`
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}
