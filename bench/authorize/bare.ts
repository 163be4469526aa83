/** A program: one thread with nothing but node:http and `crypto.verify`, as anybody would write it first. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { answerQuestions } from './served-process.ts'

const [publicKeyPem = ''] = process.argv.slice(2)
const worker = new Worker(new URL('bare-worker.ts', import.meta.url), { workerData: publicKeyPem })
const [port] = await once(worker, 'message')
answerQuestions(Number(port), async () => void (await worker.terminate()))
