import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { PROFILE_ALGORITHMS } from './algorithms.ts'
import type { SigningKey, VerifyingKey } from './backend/backend.ts'
import { encodeBase64, encodeUtf8 } from './encoding.ts'
import { parsePrivateKey } from './private-key.ts'
import { importSigningKey, importVerifyingKey, publicKeyOf } from './ready-key.ts'
import { signRequest } from './sign.ts'
import { STATEMENT_FIELDS, type Statement, signStatement, statementText, verifyStatement } from './statement.ts'
import { verifyRequest } from './verify.ts'

const deploymentId = '7b1c1d1e-0000-4000-8000-000000000000'
const STATEMENTS = [
  { purpose: 'revoke', deploymentId, fields: { fingerprint: 'Zm9v', reason: 'key_compromise' } },
  {
    purpose: 'rotate',
    deploymentId,
    fields: { old_api_key_id: 'id-1', new_fingerprint: 'Zm9v', grace_seconds: '3600' },
  },
  { purpose: 'register', deploymentId, fields: { account: 'acme', fingerprint: 'Zm9v' } },
  { purpose: 'session', deploymentId, fields: { code_sha256: 'YmFy', new_fingerprint: 'Zm9v' } },
  { purpose: 'audit_head', deploymentId, fields: { seq: '9', hash: 'Zm9v', at: '1700000000000' } },
] as unknown as Statement[]

describe('statementText', () => {
  it.each([
    ['revoke', `countersign/revoke/v1\n${deploymentId}\nfingerprint: Zm9v\nreason: key_compromise`],
    [
      'rotate',
      `countersign/rotate/v1\n${deploymentId}\nold_api_key_id: id-1\nnew_fingerprint: Zm9v\ngrace_seconds: 3600`,
    ],
    ['register', `countersign/register/v1\n${deploymentId}\naccount: acme\nfingerprint: Zm9v`],
    ['session', `countersign/session/v1\n${deploymentId}\ncode_sha256: YmFy\nnew_fingerprint: Zm9v`],
    ['audit_head', `countersign/audit_head/v1\n${deploymentId}\nseq: 9\nhash: Zm9v\nat: 1700000000000`],
  ])('of %s is that of the contract', (purpose, expected) => {
    expect(statementText(statementFor(purpose))).toBe(expected)
    expect(Object.keys(STATEMENT_FIELDS)).toHaveLength(STATEMENTS.length)
  })

  it('takes the fields in the order of the contract, however they were given, and no others', () => {
    const fields = { extra: 'x', reason: 'superseded', fingerprint: 'Zm9v' }
    expect(statementText({ purpose: 'revoke', deploymentId, fields })).toBe(
      `countersign/revoke/v1\n${deploymentId}\nfingerprint: Zm9v\nreason: superseded`,
    )
  })

  it.each(['', ' ', 'a\nreason: superseded', 'a\r', 'a\u2028b', 'a\u0085b', 'a\tb', 'a\0', 'é', ' a', 'a ', 'a\n'])(
    'refuses the value %j in every place',
    (value) => {
      for (const statement of STATEMENTS) {
        expect(() => statementText({ ...statement, deploymentId: value })).toThrow(/^deployment id must be one line/)
        for (const name of STATEMENT_FIELDS[statement.purpose]) {
          const fields = { ...statement.fields, [name]: value }
          expect(() => statementText({ ...statement, fields })).toThrow(`${name} must be one line`)
        }
      }
    },
  )

  it('refuses a field that is missing or no text', () => {
    for (const fields of [{ fingerprint: 'x' }, { fingerprint: 'x', reason: 5 }, { fingerprint: 'x', reason: null }]) {
      expect(() => statementText({ purpose: 'revoke', deploymentId, fields } as never)).toThrow(/^reason must/)
    }
  })

  it('has one line a value, so that two statements never share a text', () => {
    const value = fc.string({ unit: fc.constantFrom(...'ab: \n'), maxLength: 12 })
    fc.assert(
      fc.property(value, value, value, (deploymentId, fingerprint, reason) => {
        let text: string
        try {
          text = statementText({ purpose: 'revoke', deploymentId, fields: { fingerprint, reason } })
        } catch {
          return
        }
        expect(text.split('\n')).toEqual([
          'countersign/revoke/v1',
          deploymentId,
          `fingerprint: ${fingerprint}`,
          `reason: ${reason}`,
        ])
      }),
    )
  })
})

describe.each([['rsa'], ['ed25519']] as const)('a statement signed with %s', (type) => {
  let signer: SigningKey
  let verifier: VerifyingKey
  let stranger: VerifyingKey

  beforeAll(async () => {
    ;({ signer, verifier } = await makeKeyPair(type))
    ;({ verifier: stranger } = await makeKeyPair(type))
  })

  it('verifies as itself, and by its own key only', async () => {
    for (const statement of STATEMENTS) {
      const signature = await signStatement(statement, signer)
      expect(await verifyStatement(statement, signature, verifier)).toBe(true)
      expect(await verifyStatement(statement, signature, stranger)).toBe(false)
    }
  })

  it('verifies for no other purpose', async () => {
    for (const signed of STATEMENTS) {
      const signature = await signStatement(signed, signer)
      for (const other of STATEMENTS) {
        const fields = { ...other.fields, ...signed.fields }
        const expected = other.purpose === signed.purpose
        expect(await verifyStatement({ ...other, fields }, signature, verifier)).toBe(expected)
      }
    }
  })

  it('verifies for no other deployment and no other value of any field', async () => {
    for (const statement of STATEMENTS) {
      const signature = await signStatement(statement, signer)
      expect(await verifyStatement({ ...statement, deploymentId: 'another' }, signature, verifier)).toBe(false)
      for (const name of STATEMENT_FIELDS[statement.purpose]) {
        const fields = { ...statement.fields, [name]: 'another' }
        expect(await verifyStatement({ ...statement, fields }, signature, verifier)).toBe(false)
      }
    }
  })

  it('verifies in one spelling of its signature only', async () => {
    const statement = statementFor('revoke')
    const signature = await signStatement(statement, signer)
    for (const other of [
      `${signature}=`,
      `${signature}\n`,
      ` ${signature}`,
      signature.replace(/=+$/, ''),
      '',
      'AAAA',
    ]) {
      expect(await verifyStatement(statement, other, verifier)).toBe(false)
    }
  })

  it('is false, and never throws, where a value could not be signed at all', async () => {
    const signature = await signStatement(statementFor('revoke'), signer)
    const received = fc.record({ fingerprint: fc.anything(), reason: fc.string() }, { requiredKeys: [] })
    await fc.assert(
      fc.asyncProperty(received, fc.string(), async (fields, deploymentId) => {
        const statement = { purpose: 'revoke', deploymentId, fields } as unknown as Statement
        expect(await verifyStatement(statement, signature, verifier)).toBe(false)
      }),
    )
  })

  it('never verifies as a request, however its text is cut', async () => {
    for (const statement of STATEMENTS) {
      const text = statementText(statement)
      const signature = await signStatement(statement, signer)
      for (let first = 0; first < text.length; first += 1) {
        const second = text.indexOf('/', first)
        if (second === -1) break
        const [timestamp, method, target] = [text.slice(0, first), text.slice(first, second), text.slice(second)]
        expect(await verifyRequest({ timestamp, method, target, signature }, verifier)).toBe(false)
      }
    }
  })

  it('is not what a signed request verifies as', async () => {
    const [, , signature = ''] = Object.values(
      await signRequest({
        keyId: 'id',
        key: signer,
        method: 'POST',
        target: '/countersign/revoke/v1',
        timestampMs: 1_703_123_456_789,
      }),
    )
    for (const statement of STATEMENTS) expect(await verifyStatement(statement, signature, verifier)).toBe(false)
  })

  it('is signed with the algorithm of the access-header profile over its text as it is', async () => {
    const statement = statementFor('revoke')
    const bytes = await signer.sign(PROFILE_ALGORITHMS['access-headers'][type], encodeUtf8(statementText(statement)))
    expect(await verifyStatement(statement, encodeBase64(bytes), verifier)).toBe(true)
  })
})

function statementFor(purpose: string): Statement {
  const statement = STATEMENTS.find((it) => it.purpose === purpose)
  if (!statement) throw new Error(`no statement for ${purpose}`)
  return statement
}

async function makeKeyPair(type: 'rsa' | 'ed25519'): Promise<{ signer: SigningKey; verifier: VerifyingKey }> {
  const { privateKey } =
    type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519')
  const key = parsePrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString())
  return { signer: await importSigningKey(key), verifier: await importVerifyingKey(await publicKeyOf(key)) }
}
