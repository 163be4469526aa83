import { expect, test } from 'vitest'
import { isContention, isUnavailable } from './unavailable.ts'

const fault = (message: string, parts: object = {}) => Object.assign(new Error(message), parts)

test.each([
  fault('connect ECONNREFUSED', { code: 'ECONNREFUSED' }),
  fault('getaddrinfo ENOTFOUND db', { code: 'ENOTFOUND' }),
  Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }),
  fault('terminating connection due to administrator command', { code: '57P01' }),
  fault('the database system is starting up', { code: '57P03' }),
  fault('canceling statement due to statement timeout', { code: '57014' }),
  fault('sorry, too many clients already', { code: '53300' }),
  fault('could not extend file', { code: '53100' }),
  fault('cannot execute UPDATE in a read-only transaction', { code: '25006' }),
  fault('deadlock detected', { code: '40P01' }),
  fault('Connection terminated unexpectedly'),
  fault('Connection terminated due to connection timeout'),
  fault('timeout exceeded when trying to connect'),
  fault('Query read timeout'),
  fault('Client has encountered a connection error and is not queryable'),
  fault('database is locked', { code: 'ERR_SQLITE_ERROR', errcode: 5 }),
  fault('database is locked', { code: 'ERR_SQLITE_ERROR', errcode: 517 }),
  fault('disk I/O error', { code: 'ERR_SQLITE_ERROR', errcode: 1034 }),
  fault('database or disk is full', { code: 'ERR_SQLITE_ERROR', errcode: 13 }),
  fault('unable to open database file', { code: 'ERR_SQLITE_ERROR', errcode: 14 }),
])('$message: the database does not answer', (error) => {
  expect(isUnavailable(error)).toBe(true)
})

test.each([
  fault('duplicate key value violates unique constraint', { code: '23505' }),
  fault('syntax error', { code: '42601' }),
  fault('password authentication failed', { code: '28P01' }),
  fault('constraint failed', { code: 'ERR_SQLITE_ERROR', errcode: 3091 }),
  fault('file is not a database', { code: 'ERR_SQLITE_ERROR', errcode: 26 }),
  fault('too slow', { code: 'ERR_OTHER', errcode: 5 }),
  fault('x is not a function'),
  'Connection terminated',
  undefined,
])('%s: a fault of another kind', (error) => {
  expect(isUnavailable(error)).toBe(false)
})

test('only what a second try may cure is contention', () => {
  expect(['40001', '40P01', '55P03'].map((code) => isContention(fault('', { code })))).toEqual([true, true, true])
  expect(['57P01', '57014', '23505'].map((code) => isContention(fault('', { code })))).toEqual([false, false, false])
  expect(isContention('40001')).toBe(false)
})
