import type { ApiKey, ApiKeyDetails } from '@countersign/api'
import { CliError, usageError } from './cli-error.ts'
import type { KeyCalls } from './key-calls.ts'
import { SHORT_ID_LENGTH } from './short-id.ts'

const WHOLE_ID_LENGTH = 36

/** The id of a key, or the beginning of one; otherwise a usage error. */
export function checkIdPrefix(id: string): void {
  if (!/^[0-9A-Za-z-]+$/.test(id))
    throw usageError('a key id has letters, digits and hyphens only', 'countersign keys list')
  if (id.length < SHORT_ID_LENGTH) {
    throw usageError(`a key id needs its first ${SHORT_ID_LENGTH} characters at least`, 'countersign keys list')
  }
}

/** The one key of the account whose id begins with this text. */
export function findKeyByPrefix(id: string, keys: readonly ApiKey[]): ApiKey {
  const [key, ...others] = keys.filter(({ api_key_id }) => api_key_id.startsWith(id.toLowerCase()))
  if (key && others.length === 0) return key
  if (!key) {
    throw new CliError({ code: 'not_found', message: `the account has no key ${id}`, fix: 'countersign keys list' })
  }
  const candidates = [key, ...others].map(({ api_key_id }) => api_key_id)
  throw usageError(`${id} stands for ${candidates.length} keys`, 'give more of the id', candidates.join(', '))
}

/** The one accessible key whose id is or begins with this text, with all its details. */
export async function fetchKey(id: string, calls: KeyCalls): Promise<ApiKeyDetails> {
  checkIdPrefix(id)
  if (id.length === WHOLE_ID_LENGTH) return calls.getKey(id.toLowerCase())
  const { api_keys: found } = await calls.listKeyDetails({ q: id.toLowerCase(), limit: '500' })
  const { api_key_id: wholeId } = findKeyByPrefix(id, found)
  return found.find((key) => key.api_key_id === wholeId) ?? calls.getKey(wholeId)
}
