import type { TSchema } from 'typebox'
import { Compile } from 'typebox/schema'
import { describe, expect, test } from 'vitest'
import { OPERATIONS, type Operation, SCHEMAS } from './operations.ts'
import { ROUTES } from './routes.ts'

const context = Object.fromEntries(SCHEMAS.map((schema) => [`${schema.$id}#`, schema]))
const accepts = (schema: TSchema, value: unknown) => Compile(context, schema).Check(value)

describe('operations', () => {
  const operations: [string, Operation][] = Object.entries(OPERATIONS)

  test('each has a route and each route an operation', () => {
    expect(Object.keys(OPERATIONS)).toEqual(Object.keys(ROUTES))
  })

  test('no two share a method and path', () => {
    const places = Object.values(ROUTES).map(({ method, path }) => `${method} ${path}`)
    expect(new Set(places).size).toBe(places.length)
  })

  test.each(operations)('%s names registered schemas only', (_, { params, query, body, responses }) => {
    const used = [params, query, body, ...Object.values(responses).map(({ schema }) => schema)]
    for (const schema of used) if (schema) expect(SCHEMAS).toContain(schema)
  })

  test.each(operations)('%s has a path parameter for each placeholder', (id, { params }) => {
    const path = Object.entries(ROUTES).find(([name]) => name === id)?.[1].path ?? ''
    const placeholders = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    expect(Object.keys((params as { properties?: object } | undefined)?.properties ?? {})).toEqual(placeholders)
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

  const generate = OPERATIONS.generateApiKey.body

  test.each([
    ['the least', { name: 'a' }],
    ['everything', { name: 'a', key_type: 'rsa', scopes: ['read'], subaccount: 0, fcm_subtrader_id: 'x' }],
    ['values that are for the server to refuse', { name: '', key_type: 'dsa', scopes: [], subaccount: 64 }],
    ['fields that it does not know', { name: 'a', colour: 'red' }],
  ])('a request body may hold %s', (_, body) => {
    expect(accepts(generate, body)).toBe(true)
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
    expect(accepts(generate, body)).toBe(false)
  })

  test('registering needs a public key', () => {
    expect(accepts(OPERATIONS.createApiKey.body, { name: 'a' })).toBe(false)
    expect(accepts(OPERATIONS.createApiKey.body, { name: 'a', public_key: 'b' })).toBe(true)
  })

  test('a list item has exactly the fields of the contract', () => {
    const list = OPERATIONS.listApiKeys.responses[200].schema
    const item = { api_key_id: 'a', name: 'b', scopes: ['read'] }
    expect(accepts(list, { api_keys: [item, { ...item, subaccount: 3 }] })).toBe(true)
    expect(accepts(list, { api_keys: [{ ...item, private_key: 'c' }] })).toBe(false)
  })

  test('a 400 comes nested or flat, a 429 bare or nested', () => {
    const { 400: badRequest, 429: limited } = OPERATIONS.generateApiKey.responses
    const nested = { error: { code: 'a', message: 'b', details: 'c' } }
    expect(accepts(badRequest.schema, nested)).toBe(true)
    expect(accepts(badRequest.schema, { code: 'a', message: 'b' })).toBe(true)
    expect(accepts(badRequest.schema, { error: 'too many requests' })).toBe(false)
    expect(accepts(limited.schema, { error: 'too many requests' })).toBe(true)
    expect(accepts(limited.schema, nested)).toBe(true)
  })
})

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
