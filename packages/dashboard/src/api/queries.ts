import type { ApiKeyPage } from '@countersign/api'
import * as calls from '@countersign/api/calls'
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { Call } from './connection.ts'
import { withoutEmpty } from './without-empty.ts'

/** The account and the key that sign. */
export function whoAmI(call: Call) {
  return queryOptions({ queryKey: ['whoami'], queryFn: () => call(calls.whoAmI), refetchInterval: 60_000 })
}

/** Filters of a list of keys, by the API's names. */
export interface KeyFilters {
  readonly q?: string
  readonly state?: string
  readonly scope?: string
  readonly key_type?: string
  readonly account_id?: string
  readonly last_used_before?: string
  readonly expires_before?: string
  readonly made_by?: string
  readonly limit?: string
  readonly cursor?: string
}

/** One page of the account's keys. Operators see the keys of all accounts. */
export function keyPage(call: Call, isOperator: boolean, filters: KeyFilters) {
  return queryOptions({
    queryKey: ['keys', 'page', filters],
    queryFn: () => fetchKeyPage(call, isOperator, filters),
  })
}

/** The keys page by page. Operators see the keys of all accounts. */
export function keyPages(call: Call, isOperator: boolean, filters: KeyFilters) {
  return infiniteQueryOptions({
    queryKey: ['keys', 'list', filters],
    queryFn: ({ pageParam }) =>
      fetchKeyPage(call, isOperator, {
        ...filters,
        // A small first page is on the screen soon; the others are larger.
        limit: pageParam === '' ? '100' : '500',
        cursor: pageParam,
      }),
    initialPageParam: '',
    getNextPageParam: (last: ApiKeyPage) => last.next_cursor,
    staleTime: 30_000,
    refetchOnWindowFocus: false,
  })
}

/** All details of one key. */
export function keyDetails(call: Call, isOperator: boolean, id: string) {
  return queryOptions({
    queryKey: ['keys', 'one', id],
    queryFn: () => call(isOperator ? calls.getAnyApiKey : calls.getApiKey, { params: { api_key: id } }),
  })
}

function fetchKeyPage(call: Call, isOperator: boolean, filters: KeyFilters): Promise<ApiKeyPage> {
  const query = withoutEmpty(filters)
  return isOperator
    ? call(calls.listAllApiKeys, { query })
    : (call(calls.listApiKeys, { query: { view: 'full', ...query } }) as Promise<ApiKeyPage>)
}

/** Filters of a list of accounts, by the API's names. */
export interface AccountFilters {
  readonly q?: string
  readonly usage_tier?: string
  readonly state?: string
  readonly limit?: string
  readonly cursor?: string
}

/** One page of accounts, for operators. */
export function accountPage(call: Call, filters: AccountFilters) {
  return queryOptions({
    queryKey: ['accounts', 'page', filters],
    queryFn: () => call(calls.listAccounts, { query: withoutEmpty(filters) }),
  })
}

/** One account, for operators. */
export function accountDetails(call: Call, id: string) {
  return queryOptions({
    queryKey: ['accounts', 'one', id],
    queryFn: () => call(calls.getAccount, { params: { account: id } }),
  })
}

/** The browsers that are signed in to the account. */
export function sessionList(call: Call) {
  return queryOptions({
    queryKey: ['sessions'],
    queryFn: () => call(calls.listSessions),
    refetchInterval: 30_000,
  })
}

/** The address that this browser's last request came from; `undefined` until the server has written it. */
export function ownAddress(call: Call) {
  return queryOptions({
    ...sessionList(call),
    select: ({ sessions }) => sessions.find((session) => session.is_current)?.last_used_ip,
  })
}
