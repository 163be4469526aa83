/** A program: the real server with one data-plane thread, with the doctor on or off; `on sqlite:PATH`. */
import { createLogger, DEFAULT_SETTINGS, startServer } from '@countersign/server'
import { answerQuestions } from '../authorize/served-process.ts'

const UNLIMITED = { capacity: 1e12, refillRate: 1e9 }
const [doctor, databaseUrl = ''] = (process.argv[2] ?? '').split(' ')
const server = await startServer(
  {
    ...DEFAULT_SETTINGS,
    databaseUrl,
    // What is logged costs the same with the doctor on and off: without it, the ratio is the stricter one.
    logLevel: 'warn',
    doctor: doctor === 'on' ? 'on' : 'off',
    plane: 'data',
    authorizePort: 0,
    windowMs: 3_600_000,
    abuse: { failures: 1_000_000, refillPerSecond: 1_000_000 },
    tiers: { unlimited: { read: UNLIMITED, write: UNLIMITED } },
    defaultTier: 'unlimited',
  },
  createLogger('warn'),
)
answerQuestions(Number(new URL(server.url).port), async () => void (await server.close()))
