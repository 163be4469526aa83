import type { TSchema } from 'typebox'
import { Compile } from 'typebox/schema'
import { describe, expect, test } from 'vitest'
import { CALLS } from './all-calls.ts'
import { SCHEMAS } from './all-schemas.ts'
import { answersOf } from './answers-of.ts'
import { type Answer, type FieldKind, successOf } from './call.ts'
import * as calls from './calls/index.ts'

const context = Object.fromEntries(SCHEMAS.map((schema) => [`${schema.$id}#`, schema]))
const accepts = (name: string | null | undefined, value: unknown) => Compile(context, schemaOf(name)).Check(value)

function schemaOf(name: string | null | undefined): TSchema & { readonly properties?: Record<string, TSchema> } {
  const schema = SCHEMAS.find(({ $id }) => $id === name)
  if (!schema) throw new Error(`there is no schema ${name}`)
  return schema
}

describe('a call', () => {
  const named = CALLS.map((call) => [call.id, call] as const)

  test('is exported under its id', () => {
    for (const [name, call] of Object.entries(calls)) expect(call.id).toBe(name)
  })

  test('has a method and path of its own', () => {
    const places = CALLS.map(({ method, path }) => `${method} ${path}`)
    expect(new Set(places).size).toBe(places.length)
  })

  test.each(named)('%s names schemas that exist', (_, call) => {
    const used = [call.params, call.query, call.body, ...Object.values(answersOf(call)).map(({ schema }) => schema)]
    for (const name of used) if (name) schemaOf(name)
  })

  test.each(named)('%s has a path parameter for each placeholder', (_, { path, params }) => {
    const placeholders = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    expect(Object.keys(params ? (schemaOf(params).properties ?? {}) : {})).toEqual(placeholders)
  })

  test.each(named)('%s succeeds with one status, and names fields that this answer always has', (_, call) => {
    const { status, ...success } = successOf(call)
    const { 202: goesOn, ...answers }: Readonly<Record<number, Answer>> = call.answers
    expect(Object.keys(answers).filter((it) => it < '300')).toEqual([String(status)])
    if (goesOn) expect({ ...goesOn, description: '' }).toEqual({ ...success, description: '' })
    for (const answer of Object.values<Answer>(call.answers)) {
      for (const [field, kind] of Object.entries(answer.fields ?? {})) {
        for (const schema of alternativesOf(schemaOf(answer.schema))) {
          expect(schema.required, `${answer.schema}.${field}`).toContain(field)
          expect(kindOf(schema.properties?.[field]), `${answer.schema}.${field}`).toBe(kind)
        }
      }
    }
  })
})

describe('schemas', () => {
  test('each has a name of its own', () => {
    expect(new Set(SCHEMAS.map(({ $id }) => $id)).size).toBe(SCHEMAS.length)
  })

  test('every schema and every field is described', () => {
    const undescribed: string[] = []
    for (const schema of SCHEMAS) collectUndescribed(schema, schema.$id, undescribed)
    expect(undescribed).toEqual([])
  })

  test('every reference leads to a registered schema', () => {
    const ids = SCHEMAS.map(({ $id }) => `${$id}#`)
    for (const [, id] of JSON.stringify(SCHEMAS).matchAll(/"\$ref":"([^"]+)"/g)) expect(ids).toContain(id)
  })

  test.each([
    ['the least', { name: 'a' }],
    ['everything', { name: 'a', key_type: 'rsa', scopes: ['read'], subaccount: 0, fcm_subtrader_id: 'x' }],
    ['values that are for the server to refuse', { name: '', key_type: 'dsa', scopes: [], subaccount: 64 }],
    ['fields that it does not know', { name: 'a', colour: 'red' }],
  ])('a request body may hold %s', (_, body) => {
    expect(accepts(calls.generateApiKey.body, body)).toBe(true)
  })

  test.each([
    ['no name', {}],
    ['a number as name', { name: 1 }],
    ['null as name', { name: null }],
    ['a text as scopes', { name: 'a', scopes: 'read' }],
    ['a number as scope', { name: 'a', scopes: [1] }],
    ['a text as sub-account', { name: 'a', subaccount: '1' }],
    ['a fraction as sub-account', { name: 'a', subaccount: 1.5 }],
    ['an array', []],
  ])('a request body may not be or hold %s', (_, body) => {
    expect(accepts(calls.generateApiKey.body, body)).toBe(false)
  })

  test('registering needs a public key', () => {
    expect(accepts(calls.createApiKey.body, { name: 'a' })).toBe(false)
    expect(accepts(calls.createApiKey.body, { name: 'a', public_key: 'b' })).toBe(true)
  })

  test('a list item has exactly the fields of the contract', () => {
    const list = calls.listApiKeys.answers[200].schema
    const item = { api_key_id: 'a', name: 'b', scopes: ['read'] }
    expect(accepts(list, { api_keys: [item, { ...item, subaccount: 3 }] })).toBe(true)
    expect(accepts(list, { api_keys: [{ ...item, private_key: 'c' }] })).toBe(false)
  })

  test('a 400 comes nested or flat, a 429 bare or nested', () => {
    const { 400: badRequest, 429: limited } = answersOf(calls.generateApiKey)
    const nested = { error: { code: 'a', message: 'b', details: 'c' } }
    expect(accepts(badRequest?.schema, nested)).toBe(true)
    expect(accepts(badRequest?.schema, { code: 'a', message: 'b' })).toBe(true)
    expect(accepts(badRequest?.schema, { error: 'too many requests' })).toBe(false)
    expect(accepts(limited?.schema, { error: 'too many requests' })).toBe(true)
    expect(accepts(limited?.schema, nested)).toBe(true)
  })
})

/** The schema itself, or the members of a union of references. */
function alternativesOf(
  schema: TSchema,
): { readonly required?: string[]; readonly properties?: Record<string, TSchema> }[] {
  const { anyOf } = schema as { readonly anyOf?: readonly { readonly $ref?: string }[] }
  return anyOf ? anyOf.map(({ $ref }) => schemaOf($ref?.slice(0, -1))) : [schema]
}

const KINDS: Readonly<Record<string, FieldKind>> = {
  string: 'text',
  number: 'number',
  integer: 'number',
  array: 'list',
  object: 'object',
}

/** The JSON type of a property: its own, or that of its alternatives or of what it refers to. */
function kindOf(schema: TSchema | undefined): FieldKind | undefined {
  const { type, anyOf, $ref } = (schema ?? {}) as { type?: string; anyOf?: TSchema[]; $ref?: string }
  if ($ref) return kindOf(schemaOf($ref.slice(0, -1)))
  return anyOf ? kindOf(anyOf[0]) : KINDS[type ?? '']
}

function collectUndescribed(schema: TSchema, at: string, found: string[]): void {
  const { $ref, description, properties, items } = schema as {
    $ref?: string
    description?: string
    properties?: Record<string, TSchema>
    items?: TSchema
  }
  if ($ref) return
  if (!description) found.push(at)
  for (const [name, property] of Object.entries(properties ?? {})) collectUndescribed(property, `${at}.${name}`, found)
  if (items && 'properties' in items) collectUndescribed(items, `${at}[]`, found)
}
