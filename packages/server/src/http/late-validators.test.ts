import { CALLS, SCHEMAS } from '@countersign/api'
import Fastify from 'fastify'
import { describe, expect, test } from 'vitest'
import { buildLateValidators } from './late-validators.ts'

const OPTIONS = { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } } as const
const schemas = Object.fromEntries(SCHEMAS.map((schema) => [schema.$id, schema]))

describe('late validators', () => {
  const build = buildLateValidators(schemas, OPTIONS)
  const used = new Set(CALLS.flatMap(({ params, query, body }) => [params, query, body]).filter((name) => name != null))

  // A server finds a wrong schema only when a request needs it.
  test.each([...used])('%s compiles, and refuses a text', (name) => {
    const validate = build({ schema: { $ref: `${name}#` } })
    expect(validate('text')).toBe(false)
    expect(validate.errors).toMatchObject([{ keyword: 'type' }])
  })

  test('refuse in Fastify what its own refuse, and say the same', async () => {
    const [late, usual] = await Promise.all([asked(buildLateValidators), asked(undefined)])
    expect(late).toEqual(usual)
    expect(late.map(({ statusCode }) => statusCode)).toEqual([400, 200, 400])
  })
})

async function asked(buildValidator: typeof buildLateValidators | undefined) {
  const app = Fastify({ ajv: OPTIONS, schemaController: { compilersFactory: { buildValidator } } })
  app.addSchema({ $id: 'Named', type: 'object', required: ['name'], properties: { name: { type: 'string' } } })
  app.post('/', { schema: { body: { $ref: 'Named#' } } }, async () => 'done')
  const answers = []
  for (const payload of [{ name: 1 }, { name: 'a' }, {}]) {
    const { statusCode, body } = await app.inject({ method: 'POST', url: '/', payload })
    answers.push({ statusCode, body })
  }
  return answers
}
