import { expect, test } from 'vitest'
import { type Decision, denied } from './decision.ts'
import { withDecisionSink } from './decision-sink.ts'

const request = { method: 'GET', target: '/', ip: '203.0.113.7', header: () => undefined }

test('the sink is told of each decision and its request, and of no fault', async () => {
  const told: unknown[] = []
  const answers: (Decision | Error)[] = [denied('not_found'), new Error('a port'), denied('key_revoked')]
  const gate = {
    async decide() {
      const answer = answers.shift()
      if (!answer || answer instanceof Error) throw answer
      return answer
    },
    recheck: () => denied('key_revoked'),
  }
  const reporting = withDecisionSink(gate, { decided: (decision, { ip }) => told.push([decision, ip]) })
  expect(await reporting.decide(request)).toEqual(denied('not_found'))
  await expect(reporting.decide(request)).rejects.toThrow('a port')
  expect(await reporting.decide(request)).toEqual(denied('key_revoked'))
  expect(await reporting.recheck({ keyId: '', profile: 'access-headers' }, request)).toEqual(denied('key_revoked'))
  expect(told).toEqual([denied('not_found'), denied('key_revoked')].map((decision) => [decision, '203.0.113.7']))
})
