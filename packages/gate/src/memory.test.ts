import { describe } from 'vitest'
import { newPair, newRecord } from '../test/fixtures.ts'
import { createMemoryKeySource } from './memory.ts'
import { keySourceContract } from './port-contract.ts'

describe('memory key source', () =>
  keySourceContract(async () => {
    const { verifying } = await newPair('ed25519')
    const keys = createMemoryKeySource()
    return {
      keys,
      put: keys.put,
      remove: ({ keyId }) => keys.delete(keyId),
      newRecord: async () => newRecord(verifying),
    }
  }))
