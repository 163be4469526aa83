import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { DatabaseUrlError, parseDatabaseUrl } from './database-url.ts'

test.each([
  ['sqlite:data/countersign.db', resolve('data/countersign.db')],
  ['sqlite:/var/lib/countersign/keys.db', '/var/lib/countersign/keys.db'],
  ['SQLITE:a b.db', resolve('a b.db')],
  ['sqlite::memory:', ':memory:'],
])('%s is a file at its absolute path', (url, path) => {
  expect(parseDatabaseUrl(url)).toEqual({ dialect: 'sqlite', path, location: path })
})

test.each([
  ['postgres://ada:s3cret@db.example:5433/keys', 'postgres://ada@db.example:5433/keys'],
  ['postgresql://ada:p%40ss%2Fword@db/keys?sslmode=require', 'postgresql://ada@db/keys?sslmode=require'],
  ['postgres://db/keys?user=ada&password=s3cret&sslpassword=s3cret', 'postgres://db/keys?user=ada'],
  ['postgres:///keys?host=/var/run/postgresql', 'postgres:///keys?host=/var/run/postgresql'],
])('the location of %s holds no password', (url, location) => {
  const address = parseDatabaseUrl(url)
  expect(address).toMatchObject({ dialect: 'postgres', url })
  expect(decodeURIComponent(address.location)).toBe(location)
})

test.each([
  '',
  'data/countersign.db',
  'mysql://ada:s3cret@db/keys',
  'sqlite:',
  'sqlite:///var/keys.db',
  'sqlite:a\0b',
  'postgres:ada:s3cret@db/keys',
  'postgres://ada:s3#cret@db/keys',
  'postgres://ada:s3cret%@db/keys',
  'postgres://ada:s3cret@db:port/keys',
  'postgres://user:p@s3#w/rd@HOST/db',
  'postgres://user:p@s3@HOST/db',
  'postgres://user:12/s3@HOST/db',
  'postgres://user:12?s3@HOST/db',
  'postgres://user@HOST/db#s3',
])('%j is refused, with what is allowed and without the password', (url) => {
  expect(() => parseDatabaseUrl(url)).toThrow(DatabaseUrlError)
  expect(() => parseDatabaseUrl(url)).toThrow(/Allowed: sqlite:PATH/)
  expect(() => parseDatabaseUrl(url)).not.toThrow(/s3/)
})
