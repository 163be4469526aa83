import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { givenAccount } from '../packages/server/test/records.ts'
import { callSigned, startMessageWorld } from './message-signatures/support/message-world.ts'
import { type Answer, type CallOptions, call } from './support/call.ts'
import { type GivenKey, givenKey, givenOperator, newPublicKey } from './support/given-key.ts'
import { accessHeaders } from './support/key-holder.ts'
import { linkCode, sha256, tradeCode } from './support/sign-in.ts'
import { startWorld, type World } from './support/world.ts'

const BASE = '/trade-api/v2'
const NOBODY = '11111111-1111-4111-8111-111111111111'

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly security?: readonly unknown[]
  readonly parameters?: readonly { readonly in: string; readonly description?: string }[]
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: object }>>
}

type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>

describe('the OpenAPI document', () => {
  let world: World
  let document: Record<string, unknown> & { readonly paths: Paths }
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  const answered = new Set<string>()
  let operator: GivenKey

  beforeAll(async () => {
    world = await startMessageWorld('sqlite', { doctor: 'on' })
    operator = await givenOperator(world.database)
    document = JSON.parse((await call(world.server, 'GET', '/openapi.json')).text)
    addFormats.default(ajv)
    ajv.addSchema(document, 'document')
  })
  afterAll(() => world?.close())

  test('is valid OpenAPI 3.1', async () => {
    expect(document.openapi).toMatch(/^3\.1\.\d$/)
    const validator = new Validator()
    expect(await validator.validate(structuredClone(document))).toEqual({ valid: true })
    expect(validator.version).toBe('3.1')
  })

  test('describes each operation: an id of its own, a summary, a tag, every parameter and response', () => {
    const operations = operationsIn(document.paths)
    expect(operations.length).toBeGreaterThanOrEqual(9)
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
    for (const { operationId, summary, tags, parameters = [], responses } of operations) {
      expect(operationId).toMatch(/^[a-z][A-Za-z]+$/)
      expect(summary).toMatch(/^[A-Z]/)
      expect(tags).toHaveLength(1)
      for (const { description } of parameters) expect(description).toMatch(/\w/)
      for (const { description } of Object.values(responses)) expect(description).toMatch(/^[A-Z].*\.$/)
    }
  })

  test('says on the wire what it said before: a line that changes or goes breaks clients', async () => {
    await expect(linesOf(document)).toMatchFileSnapshot('openapi-wire.txt')
  })

  test('says what needs no signature, and only that', async () => {
    const isPublic = operationsIn(document.paths).filter(({ security }) => security?.length === 0)
    expect(isPublic.map(({ operationId }) => operationId).sort()).toEqual([
      'createRevocation',
      'getDeployment',
      'getEndpointCosts',
      'getHealth',
      'getReadiness',
      'previewLink',
      'startSession',
    ])
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, { security }] of Object.entries(methods)) {
        const { status } = await call(world.server, method.toUpperCase(), path.replace(/\{\w+\}/g, NOBODY))
        expect({ path, method, isPublic: status !== 401 }).toEqual({ path, method, isPublic: security?.length === 0 })
      }
    }
  })

  describe('holds what live answers look like', () => {
    type Calls = Readonly<Record<string, (world: World) => Promise<Answer>>>

    interface Live {
      readonly json?: unknown
      readonly success?: number
      /** Makes the key what the call needs. */
      readonly before?: (in_: World, key: GivenKey) => Promise<unknown>
      /** The answer of which the work goes on. */
      readonly goesOn?: (in_: World) => Promise<Answer>
    }

    interface HolderCall extends Live {
      readonly conflict?: (in_: World) => { readonly as: GivenKey; readonly of: Parameters<typeof givenKey>[2] }
    }

    interface AdminCall extends Live {
      readonly conflict?: (in_: World) => Promise<Answer>
      /** No id in its path. */
      readonly isNowhere?: boolean
    }

    const TOO_LARGE = { name: 'a'.repeat(70_000) }
    const COUNTED = { reporter: NOBODY, sequence: 1, minutes: [], last_uses: [] }

    /** Every answer of a call about a key that its holder makes. */
    function holderCalls(
      method: string,
      path: string,
      { json, success = 200, before, conflict, goesOn }: HolderCall,
    ): Readonly<Record<string, Calls>> {
      const of = (keyId: string) => BASE + path.replace('{api_key}', keyId)
      const calls: Record<string, (in_: World) => Promise<Answer>> = {
        [success]: async (in_) => {
          const key = await givenKey(in_.database, in_.alice.accountId)
          await before?.(in_, key)
          return callSigned(in_.server, in_.alice, method, of(key.keyId), { json })
        },
        400: ({ server }) => call(server, method, `${of('a')}#a`),
        403: async (in_) => {
          const narrow = await givenKey(in_.database, in_.alice.accountId, { scopes: ['write::trade'] })
          return callSigned(in_.server, narrow, method, of(narrow.keyId), { json })
        },
        404: (in_) => callSigned(in_.server, in_.alice, method, of(in_.bob.keyId), { json }),
      }
      if (conflict) {
        calls[409] = async (in_) => {
          const { as, of: parts } = conflict(in_)
          return callSigned(in_.server, as, method, of((await givenKey(in_.database, as.accountId, parts)).keyId), {
            json,
          })
        }
      }
      if (goesOn) calls[202] = goesOn
      if (json) calls[413] = (in_) => callSigned(in_.server, in_.alice, method, of(NOBODY), { json: TOO_LARGE })
      return { [`${method} ${BASE}${path}`]: calls }
    }

    /** Every answer of a call about the holder's own account. */
    function accountCalls(path: string): Readonly<Record<string, Calls>> {
      const calls: Calls = {
        200: (in_) => sendStrictly(in_, 'GET', path, in_.alice),
        400: send('GET', `${path}#a`),
        403: async (in_) => {
          const narrow = await givenKey(in_.database, in_.alice.accountId, { scopes: ['write::trade'] })
          return sendStrictly(in_, 'GET', path, narrow)
        },
      }
      return { [`GET ${BASE}${path}`]: calls }
    }

    /** Every answer of a call that operators make. */
    function adminCalls(
      method: string,
      path: string,
      { json, success = 200, before, conflict, goesOn, isNowhere = false }: AdminCall,
    ): Readonly<Record<string, Calls>> {
      const of = (id: string) => `/admin/v1${path.replace(/\{\w+\}/, id)}`
      const body = () => ({ json: typeof json === 'function' ? json() : json })
      const calls: Record<string, (in_: World) => Promise<Answer>> = {
        [success]: async (in_) => {
          const key = await givenKey(in_.database, in_.alice.accountId)
          await before?.(in_, key)
          const id = path.includes('{account}') ? in_.bob.accountId : key.keyId
          return callSigned(in_.server, operator, method, of(id), body())
        },
        400: ({ server }) => call(server, method, `${of('a')}#a`),
        403: (in_) => callSigned(in_.server, in_.alice, method, of(NOBODY), body()),
        ...(conflict && { 409: conflict }),
        ...(goesOn && { 202: goesOn }),
      }
      if (!isNowhere) calls[404] = (in_) => callSigned(in_.server, operator, method, of(NOBODY), body())
      if (json) calls[413] = (in_) => callSigned(in_.server, operator, method, of(NOBODY), { json: TOO_LARGE })
      return { [`${method} /admin/v1${path}`]: calls }
    }

    const startRotation = (in_: World, { keyId }: GivenKey) =>
      sendStrictly(in_, 'POST', `/api_keys/${keyId}/rotate`, in_.alice, { grace_seconds: 60, key_type: 'ed25519' })

    const revoked = (method: string, path: string, json?: unknown) => async (in_: World) => {
      const parts = { state: 'revoked', revokedReason: 'superseded' } as const
      const { keyId } = await givenKey(in_.database, in_.alice.accountId, parts)
      return callSigned(in_.server, operator, method, `/admin/v1/api_keys/${keyId}${path}`, { json })
    }

    const taken = async (in_: World) => {
      const json = { name: 'One', external_id: 'cus_1' }
      await callSigned(in_.server, operator, 'POST', '/admin/v1/accounts', { json })
      return callSigned(in_.server, operator, 'POST', '/admin/v1/accounts', { json: { ...json, name: 'Other' } })
    }

    const CASCADING = { json: { reason: 'superseded', cascade: true } }

    /** A key that made more keys than one transaction revokes. */
    async function givenMaker(in_: World): Promise<GivenKey> {
      const maker = await givenKey(in_.database, in_.alice.accountId)
      await sql`
        insert into api_keys (id, account_id, name, key_type, public_key, fingerprint, scopes, state, parent_key_id,
            created_at, kind)
          with recursive n (i) as (select 1 union all select i + 1 from n where i < 501)
          select ${maker.keyId} || i, account_id, 'made', key_type, public_key, ${maker.keyId} || i, scopes, state, id,
              created_at, kind
            from api_keys, n where id = ${maker.keyId}`.execute(in_.database.kysely)
      return maker
    }

    const own = () => ({ name: 'own', public_key: newPublicKey() })
    const operations: Readonly<Record<string, Calls>> = {
      [`POST ${BASE}/api_keys/generate`]: {
        201: send('POST', '/api_keys/generate', () => ({ json: { name: 'a', key_type: 'ed25519' } })),
        400: send('POST', '/api_keys/generate', () => ({ json: { name: '' } })),
        403: send('POST', '/api_keys/generate', () => ({ json: { name: 'a', fcm_subtrader_id: 'a' } })),
        409: async (in_) => {
          const again = () => ({ json: { name: 'a', key_type: 'ed25519' }, headers: { 'idempotency-key': 'once' } })
          await send('POST', '/api_keys/generate', again)(in_)
          return send('POST', '/api_keys/generate', again)(in_)
        },
        413: send('POST', '/api_keys/generate', () => ({ json: { name: 'a'.repeat(70_000) } })),
      },
      [`POST ${BASE}/api_keys`]: {
        201: send('POST', '/api_keys', () => ({ json: own() })),
        400: send('POST', '/api_keys', () => ({ json: { name: 'a' } })),
        403: send('POST', '/api_keys', () => ({ json: { ...own(), fcm_subtrader_id: 'a' } })),
        409: async (in_) => {
          const json = own()
          await send('POST', '/api_keys', () => ({ json }))(in_)
          return send('POST', '/api_keys', () => ({ json }))(in_)
        },
        413: send('POST', '/api_keys', () => ({ json: { name: 'a'.repeat(70_000) } })),
      },
      [`GET ${BASE}/api_keys`]: {
        200: async (in_) => {
          await givenKey(in_.database, in_.alice.accountId, { subaccount: 7 })
          expectDescribed(`GET ${BASE}/api_keys`, await sendStrictly(in_, 'GET', '/api_keys?view=full', in_.alice))
          return send('GET', '/api_keys')(in_)
        },
        400: send('GET', '/api_keys#a'),
        403: send('GET', '/api_keys?fcm_subtrader_id=a'),
      },
      [`GET ${BASE}/api_keys/{api_key}`]: {
        200: async (in_) => sendStrictly(in_, 'GET', `/api_keys/${in_.bob.keyId}`, in_.bob),
        400: send('GET', '/api_keys/a#b'),
        403: async (in_) => {
          const narrow = await givenKey(in_.database, in_.alice.accountId, { scopes: ['write::trade'] })
          return sendStrictly(in_, 'GET', `/api_keys/${narrow.keyId}`, narrow)
        },
        404: async (in_) => sendStrictly(in_, 'GET', `/api_keys/${in_.alice.keyId}`, in_.bob),
      },
      [`GET ${BASE}/api_keys/{api_key}/refusals`]: {
        200: async (in_) => {
          const mistaken = accessHeaders(in_.bob, 'get', `${BASE}/api_keys`)
          await call(in_.server, 'GET', `${BASE}/api_keys`, { headers: mistaken })
          const answer = await sendStrictly(in_, 'GET', `/api_keys/${in_.bob.keyId}/refusals`, in_.bob)
          expect(answer.text).toContain('"cause":"method_lower_case"')
          return answer
        },
        400: send('GET', '/api_keys/a/refusals#b'),
        403: async (in_) => {
          const narrow = await givenKey(in_.database, in_.alice.accountId, { scopes: ['write::trade'] })
          return sendStrictly(in_, 'GET', `/api_keys/${narrow.keyId}/refusals`, narrow)
        },
        404: async (in_) => sendStrictly(in_, 'GET', `/api_keys/${in_.alice.keyId}/refusals`, in_.bob),
      },
      [`DELETE ${BASE}/api_keys/{api_key}`]: {
        204: async (in_) => {
          const { keyId } = await givenKey(in_.database, in_.alice.accountId)
          return send('DELETE', `/api_keys/${keyId}`)(in_)
        },
        400: send('DELETE', '/api_keys/a#b'),
        403: async (in_) => {
          const narrow = await givenKey(in_.database, in_.alice.accountId, { subaccount: 0 })
          return call(in_.server, 'DELETE', `${BASE}/api_keys/a`, { as: narrow })
        },
        404: send('DELETE', `/api_keys/${NOBODY}`),
      },
      [`GET ${BASE}/whoami`]: {
        200: async (in_) => sendStrictly(in_, 'GET', '/whoami', in_.bob),
        400: send('GET', '/whoami#a'),
      },
      ...holderCalls('PATCH', '/api_keys/{api_key}', {
        json: { name: 'renamed' },
        conflict: (in_) => ({ as: in_.alice, of: { state: 'revoked', revokedReason: 'superseded' } }),
      }),
      ...holderCalls('POST', '/api_keys/{api_key}/disable', {
        conflict: (in_) => ({ as: in_.alice, of: { state: 'revoked', revokedReason: 'superseded' } }),
      }),
      ...holderCalls('POST', '/api_keys/{api_key}/enable', {
        conflict: (in_) => ({ as: in_.alice, of: { state: 'revoked', revokedReason: 'superseded' } }),
      }),
      ...holderCalls('POST', '/api_keys/{api_key}/revoke', {
        json: { reason: 'superseded' },
        goesOn: async (in_) => {
          const { keyId } = await givenMaker(in_)
          return callSigned(in_.server, in_.alice, 'POST', `${BASE}/api_keys/${keyId}/revoke`, CASCADING)
        },
      }),
      ...holderCalls('GET', '/api_keys/{api_key}/cascade', {
        before: (in_, { keyId }) =>
          callSigned(in_.server, in_.alice, 'POST', `${BASE}/api_keys/${keyId}/revoke`, CASCADING),
      }),
      ...holderCalls('POST', '/api_keys/{api_key}/rotate', {
        json: { grace_seconds: 60, key_type: 'ed25519' },
        success: 201,
        conflict: (in_) => ({ as: in_.alice, of: { state: 'disabled' } }),
      }),
      ...holderCalls('GET', '/api_keys/{api_key}/rotation', { before: startRotation }),
      ...holderCalls('GET', '/api_keys/{api_key}/usage', {}),
      ...accountCalls('/account/usage'),
      ...accountCalls('/account/audit_events'),
      ...holderCalls('POST', '/api_keys/{api_key}/rotation/finish', {
        before: startRotation,
        conflict: (in_) => ({ as: in_.alice, of: {} }),
      }),
      ...holderCalls('POST', '/api_keys/{api_key}/rotation/abort', {
        before: startRotation,
        conflict: (in_) => ({ as: in_.alice, of: {} }),
      }),
      [`POST ${BASE}/revocations`]: {
        200: async ({ server }) => {
          const { deployment_id } = JSON.parse((await call(server, 'GET', `${BASE}/deployment`)).text)
          return call(server, 'POST', `${BASE}/revocations`, { json: revocationStatement(deployment_id) })
        },
        400: send('POST', '/revocations', () => ({ json: {} })),
        413: send('POST', '/revocations', () => ({ json: { reason: 'a'.repeat(70_000) } })),
      },
      [`POST ${BASE}/links/preview`]: {
        200: async (in_) => {
          const known = { code_sha256: sha256(await linkCode(in_.server, 'Alice')) }
          expectDescribed(
            `POST ${BASE}/links/preview`,
            await send('POST', '/links/preview', () => ({ json: known }))(in_),
          )
          return send('POST', '/links/preview', () => ({ json: { code_sha256: sha256('nothing') } }))(in_)
        },
        400: send('POST', '/links/preview', () => ({ json: { code_sha256: 'short' } })),
        413: send('POST', '/links/preview', () => ({ json: { code_sha256: 'a'.repeat(70_000) } })),
      },
      [`POST ${BASE}/sessions`]: {
        201: async ({ server }) => (await tradeCode(server, await linkCode(server, 'Alice'))).answer,
        400: send('POST', '/sessions', () => ({ json: {} })),
        401: async ({ server, database }) => {
          await givenAccount(database, { name: 'Suspended', suspendedAt: 1 })
          return (await tradeCode(server, await linkCode(server, 'Suspended'))).answer
        },
        404: async ({ server }) => (await tradeCode(server, 'nothing')).answer,
        409: async ({ server }) => {
          const { pair } = await tradeCode(server, await linkCode(server, 'Alice'))
          return (await tradeCode(server, await linkCode(server, 'Alice'), {}, pair)).answer
        },
        410: async ({ server }) => {
          const code = await linkCode(server, 'Alice')
          await tradeCode(server, code)
          return (await tradeCode(server, code)).answer
        },
        413: send('POST', '/sessions', () => ({ json: { code: 'a'.repeat(70_000) } })),
      },
      [`GET ${BASE}/sessions`]: {
        200: async (in_) => {
          await tradeCode(in_.server, await linkCode(in_.server, 'Alice'))
          return sendStrictly(in_, 'GET', '/sessions', in_.alice)
        },
        400: send('GET', '/sessions#a'),
        403: async (in_) => {
          const narrow = await givenKey(in_.database, in_.alice.accountId, { scopes: ['write::trade'] })
          return sendStrictly(in_, 'GET', '/sessions', narrow)
        },
      },
      [`DELETE ${BASE}/sessions`]: {
        200: async (in_) => sendStrictly(in_, 'DELETE', '/sessions', in_.alice),
        400: send('DELETE', '/sessions#a'),
        403: async (in_) => {
          const narrow = await givenKey(in_.database, in_.alice.accountId, { scopes: ['read'] })
          return sendStrictly(in_, 'DELETE', '/sessions', narrow)
        },
      },
      [`DELETE ${BASE}/sessions/{session}`]: {
        204: async (in_) => {
          const { answer } = await tradeCode(in_.server, await linkCode(in_.server, 'Alice'))
          return sendStrictly(in_, 'DELETE', `/sessions/${JSON.parse(answer.text).session_id}`, in_.alice)
        },
        400: send('DELETE', '/sessions/a#a'),
        403: async (in_) => {
          const narrow = await givenKey(in_.database, in_.alice.accountId, { scopes: ['read'] })
          return sendStrictly(in_, 'DELETE', `/sessions/${NOBODY}`, narrow)
        },
        404: async (in_) => sendStrictly(in_, 'DELETE', `/sessions/${NOBODY}`, in_.alice),
      },
      'POST /admin/v1/links': {
        ...adminCalls('POST', '/links', { json: { account_id: NOBODY, access: 'read' }, success: 201 })[
          'POST /admin/v1/links'
        ],
        201: async (in_) => {
          const json = { account_id: in_.alice.accountId, access: 'read' }
          return callSigned(in_.server, operator, 'POST', '/admin/v1/links', { json })
        },
      },
      ...adminCalls('GET', '/accounts/{account}/sessions', {}),
      'DELETE /admin/v1/accounts/{account}/sessions/{session}': {
        204: async (in_) => {
          const { answer } = await tradeCode(in_.server, await linkCode(in_.server, 'Alice'))
          const target = `/admin/v1/accounts/${in_.alice.accountId}/sessions/${JSON.parse(answer.text).session_id}`
          return callSigned(in_.server, operator, 'DELETE', target)
        },
        400: ({ server }) => call(server, 'DELETE', '/admin/v1/accounts/a/sessions/a#a'),
        403: (in_) => callSigned(in_.server, in_.alice, 'DELETE', `/admin/v1/accounts/${NOBODY}/sessions/${NOBODY}`),
        404: (in_) => callSigned(in_.server, operator, 'DELETE', `/admin/v1/accounts/${NOBODY}/sessions/${NOBODY}`),
      },
      ...adminCalls('POST', '/accounts', { json: { name: 'Made' }, success: 201, conflict: taken, isNowhere: true }),
      ...adminCalls('GET', '/accounts', { isNowhere: true }),
      ...adminCalls('GET', '/accounts/{account}', {}),
      ...adminCalls('PATCH', '/accounts/{account}', {
        json: { metadata: { a: 'b' } },
        conflict: async (in_) => {
          await taken(in_)
          const target = `/admin/v1/accounts/${in_.bob.accountId}`
          return callSigned(in_.server, operator, 'PATCH', target, { json: { external_id: 'cus_1' } })
        },
      }),
      ...adminCalls('POST', '/accounts/{account}/suspend', {
        json: { reason: 'unpaid' },
        conflict: (in_) =>
          callSigned(in_.server, operator, 'POST', `/admin/v1/accounts/${operator.accountId}/suspend`, { json: {} }),
      }),
      ...adminCalls('POST', '/accounts/{account}/unsuspend', {}),
      ...adminCalls('POST', '/accounts/{account}/api_keys', {
        json: () => own(),
        success: 201,
        conflict: async (in_) => {
          const target = `/admin/v1/accounts/${in_.bob.accountId}/api_keys`
          const json = own()
          await callSigned(in_.server, operator, 'POST', target, { json })
          return callSigned(in_.server, operator, 'POST', target, { json })
        },
      }),
      ...adminCalls('POST', '/accounts/{account}/api_keys/generate', {
        json: { name: 'a', key_type: 'ed25519' },
        success: 201,
      }),
      ...adminCalls('GET', '/api_keys', { isNowhere: true }),
      ...adminCalls('GET', '/api_keys/{api_key}', {}),
      ...adminCalls('PATCH', '/api_keys/{api_key}', {
        json: { name: 'renamed' },
        conflict: revoked('PATCH', '', { name: 'a' }),
      }),
      ...adminCalls('POST', '/api_keys/{api_key}/disable', { conflict: revoked('POST', '/disable') }),
      ...adminCalls('POST', '/api_keys/{api_key}/enable', { conflict: revoked('POST', '/enable') }),
      ...adminCalls('POST', '/api_keys/{api_key}/revoke', {
        json: { reason: 'unspecified' },
        goesOn: async (in_) => {
          const { keyId } = await givenMaker(in_)
          return callSigned(in_.server, operator, 'POST', `/admin/v1/api_keys/${keyId}/revoke`, CASCADING)
        },
      }),
      ...adminCalls('GET', '/api_keys/{api_key}/cascade', {
        before: (in_, { keyId }) =>
          callSigned(in_.server, operator, 'POST', `/admin/v1/api_keys/${keyId}/revoke`, CASCADING),
      }),
      ...adminCalls('DELETE', '/api_keys/{api_key}', { success: 204 }),
      ...adminCalls('GET', '/api_keys/{api_key}/refusals', {}),
      ...adminCalls('GET', '/refusals', { isNowhere: true }),
      ...adminCalls('GET', '/rules', { isNowhere: true }),
      'GET /admin/v1/rules/explain': {
        200: ({ server }) =>
          callSigned(server, operator, 'GET', '/admin/v1/rules/explain?method=GET&target=%2Forders%3Fa'),
        400: ({ server }) => callSigned(server, operator, 'GET', '/admin/v1/rules/explain?method=GET'),
        403: ({ server, alice }) => callSigned(server, alice, 'GET', '/admin/v1/rules/explain'),
      },
      'GET /admin/v1/usage': {
        ...adminCalls('GET', '/usage', { isNowhere: true })['GET /admin/v1/usage'],
        404: (in_) => callSigned(in_.server, operator, 'GET', `/admin/v1/usage?account_id=${NOBODY}`),
      },
      ...adminCalls('GET', '/audit_events', { isNowhere: true }),
      ...adminCalls('GET', '/api_keys/{api_key}/rotation', { before: startRotation }),
      ...adminCalls('POST', '/api_keys/{api_key}/rotation/finish', {
        before: startRotation,
        conflict: revoked('POST', '/rotation/finish'),
      }),
      ...adminCalls('POST', '/api_keys/{api_key}/rotation/abort', {
        before: startRotation,
        conflict: revoked('POST', '/rotation/abort'),
      }),
      [`GET ${BASE}/account/limits`]: {
        200: send('GET', '/account/limits'),
        400: send('GET', '/account/limits#a'),
        403: async (in_) => {
          const narrow = await givenKey(in_.database, in_.alice.accountId, { scopes: ['write::trade'] })
          return call(in_.server, 'GET', `${BASE}/account/limits`, { as: narrow })
        },
      },
      [`GET ${BASE}/account/endpoint_costs`]: { 200: send('GET', '/account/endpoint_costs') },
      'GET /gate/v1/keys/{api_key}': {
        200: async (in_) => callSigned(in_.server, await givenGate(in_), 'GET', `/gate/v1/keys/${in_.bob.keyId}`),
        400: ({ server }) => call(server, 'GET', '/gate/v1/keys/a#b'),
        403: async (in_) => callSigned(in_.server, in_.bob, 'GET', `/gate/v1/keys/${in_.bob.keyId}`),
        404: async (in_) => callSigned(in_.server, await givenGate(in_), 'GET', `/gate/v1/keys/${NOBODY}`),
      },
      'POST /gate/v1/decisions': {
        204: async (in_) =>
          callSigned(in_.server, await givenGate(in_), 'POST', '/gate/v1/decisions', { json: COUNTED }),
        400: async (in_) => callSigned(in_.server, await givenGate(in_), 'POST', '/gate/v1/decisions', { json: {} }),
        403: async (in_) => callSigned(in_.server, in_.bob, 'POST', '/gate/v1/decisions', { json: COUNTED }),
        413: async (in_) =>
          callSigned(in_.server, await givenGate(in_), 'POST', '/gate/v1/decisions', { json: TOO_LARGE }),
      },
      [`GET ${BASE}/deployment`]: { 200: send('GET', '/deployment') },
      'GET /healthz': { 200: ({ server }) => call(server, 'GET', '/healthz') },
      'GET /readyz': { 200: ({ server }) => call(server, 'GET', '/readyz') },
    }
    const cases = Object.entries(operations).flatMap(([operation, calls]) =>
      Object.entries(calls).map(([status, run]) => [operation, status, run] as const),
    )

    test.each(cases)('%s, %s', async (operation, status, run) => {
      const answer = await run(world)
      expect(answer.status).toBe(Number(status))
      expectDescribed(operation, answer)
    })

    test('also where a signature is refused, and where the server fails', async () => {
      const faulty = await givenKey(world.database, world.alice.accountId)
      await world.database.kysely
        .updateTable('api_keys')
        .set({ scopes: 'no JSON' })
        .where('id', '=', faulty.keyId)
        .execute()
      for (const operation of Object.keys(operations)) {
        if (/\/(?:revocations|links\/preview)$|^POST .*\/sessions$/.test(operation)) continue
        const [method = '', path = ''] = operation.replace(/\{\w+\}/g, NOBODY).split(' ')
        for (const as of [{ ...world.alice, keyId: NOBODY }, faulty]) {
          const answer = await call(world.server, method, path, { headers: accessHeaders(as, method, path) })
          expectDescribed(operation, answer)
        }
      }
    })

    test('which is every answer that the document describes, except for limits and a database that does not answer', () => {
      const described = Object.entries(document.paths).flatMap(([path, methods]) =>
        Object.entries(methods).flatMap(([method, { responses }]) =>
          Object.keys(responses).map((status) => `${method.toUpperCase()} ${path} ${status}`),
        ),
      )
      const missing = described.filter((answer) => !answered.has(answer))
      const isElsewhere =
        /429$|503$|(?:endpoint_costs|deployment|revocations|links\/preview) 500$|^POST .*\/sessions 500$|accounts\/\{account\}\/api_keys\/generate 409$|whoami 403$/
      expect(missing.filter((answer) => !isElsewhere.test(answer))).toEqual([])
    })

    function expectDescribed(operation: string, { status, text, headers }: Answer): void {
      const [method = '', path = ''] = operation.split(' ')
      const response = document.paths[path]?.[method.toLowerCase()]?.responses[status]
      expect(response, `${operation} answered with ${status}`).toBeDefined()
      answered.add(`${operation} ${status}`)
      if (!response?.content) {
        expect(text).toBe('')
        return
      }
      expect(headers['content-type']).toBe('application/json; charset=utf-8')
      const schema = `/paths/${pointer(path)}/${method.toLowerCase()}/responses/${status}/content/application~1json/schema`
      const validate = ajv.compile({ $ref: `document#${encodeURI(schema)}` })
      expect(validate(JSON.parse(text)) || validate.errors).toBe(true)
    }
  })
})

describe('the reference page', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld('sqlite')
  })
  afterAll(() => world?.close())

  test('is served with its script, and takes nothing from elsewhere', async () => {
    const moved = await call(world.server, 'GET', '/docs')
    expect([moved.status, moved.headers.location]).toEqual([301, '/docs/'])
    const page = await call(world.server, 'GET', '/docs/')
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(page.text).toContain('/openapi.json')
    expect(page.text).not.toMatch(/https?:\/\/|["'(]\/\//)
    expect(page.text.replaceAll(/\s/g, '')).toContain('"showDeveloperTools":"never","agent":{"disabled":true}')

    const sources = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source = '']) => source)
    expect(sources.length).toBeGreaterThan(0)
    for (const source of sources) {
      const file = await call(world.server, 'GET', new URL(source, 'http://a/docs/').pathname)
      expect([source, file.status]).toEqual([source, 200])
      expect(file.text.length).toBeGreaterThan(1_000)
    }
  })

  test('may load from its own origin only, and no other answer has its leave to run scripts', async () => {
    const policy = (await call(world.server, 'GET', '/docs/')).headers['content-security-policy'] ?? ''
    const sources = policy.split(';').flatMap((directive) => directive.trim().split(/\s+/).slice(1))
    const allowed = ["'none'", "'self'", "'unsafe-inline'", "'unsafe-eval'", 'data:']
    expect(sources.filter((source) => !allowed.includes(source))).toEqual([])
    expect(policy).toMatch(/(?:^|; )default-src 'none'/)
    expect(policy).toMatch(/; connect-src 'self'/)
    for (const target of ['/healthz', `${BASE}/api_keys`, '/openapi.json', '/nowhere']) {
      const { headers } = await call(world.server, 'GET', target)
      expect([target, headers['content-security-policy']]).toEqual([target, "default-src 'none'"])
      expect(headers['x-content-type-options']).toBe('nosniff')
    }
  })
})

/** A revocation of a key that nobody knows, by its holder. */
function revocationStatement(deploymentId: string): object {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const fingerprint = createHash('sha256').update(spki).digest('base64url')
  const statement = `countersign/revoke/v1\n${deploymentId}\nfingerprint: ${fingerprint}\nreason: superseded`
  const signature = sign(null, Buffer.from(statement), privateKey).toString('base64')
  return { public_key: publicKey.export({ type: 'spki', format: 'pem' }), reason: 'superseded', signature }
}

function send(method: string, target: string, options: () => CallOptions = () => ({})) {
  return ({ server, alice }: World) => call(server, method, BASE + target, { as: alice, ...options() })
}

function givenGate({ database, alice }: World): Promise<GivenKey> {
  return givenKey(database, alice.accountId, { scopes: ['gate'] })
}

/** Signs with HTTP message signatures, which the calls beyond the original ones ask for. */
function sendStrictly(
  { server }: World,
  method: string,
  target: string,
  as: GivenKey,
  json?: unknown,
): Promise<Answer> {
  return callSigned(server, as, method, BASE + target, { json })
}

/** What clients depend on, a line each: the statuses and parts of each operation, the type of each field. Without prose. */
function linesOf(document: Record<string, unknown>): string {
  const lines: string[] = []
  const prose = ['description', 'summary', 'title', 'tags', 'example', 'examples', 'info']
  const visit = (value: unknown, at: string) => {
    if (typeof value !== 'object' || value === null) return void lines.push(`${at} = ${JSON.stringify(value)}`)
    const entries = Object.entries(value)
    if (entries.length === 0) lines.push(`${at} = ${JSON.stringify(value)}`)
    // A field may have the name of a piece of prose.
    for (const [name, inner] of entries) {
      if (!prose.includes(name) || at.endsWith('/properties')) visit(inner, `${at}/${name}`)
    }
  }
  visit(document, '')
  return `${lines.sort().join('\n')}\n`
}

function operationsIn(paths: Paths): Operation[] {
  return Object.values(paths).flatMap((methods) => Object.values(methods))
}

/** One step of a JSON pointer (RFC 6901). */
function pointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
