import { describe } from 'vitest'
import { decisionSinkContract } from '../test/decision-sink-contract.ts'
import { newPair, newRecord } from '../test/fixtures.ts'
import { keySourceContract } from '../test/key-source-contract.ts'
import { createMemoryDecisionSink, createMemoryKeySource } from './memory.ts'

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

describe('memory decision sink', () =>
  decisionSinkContract(() => {
    const sink = createMemoryDecisionSink()
    return { sink, countsOf: sink.countsOf }
  }))
