import { parentPort } from 'node:worker_threads'
import { explainSignature } from '@countersign/doctor'
import { parseKeptSpki } from '@countersign/protocol'
import { lowerPriority } from '../threads/lower-priority.ts'
import type { NumberedAnswer, NumberedQuestion, Question } from './messages.ts'

lowerPriority(19)

// This is the doctor's own thread: no other decision waits while it examines a signature.
parentPort?.on('message', async ({ id, question }: NumberedQuestion) => {
  const answer: NumberedAnswer = { id, explanation: await explain(question) }
  parentPort?.postMessage(answer)
})

async function explain({ spki, context, ...request }: Question): Promise<NumberedAnswer['explanation']> {
  const key = parseKeptSpki(spki)
  return 'problem' in key ? undefined : explainSignature(request, key, context)
}
