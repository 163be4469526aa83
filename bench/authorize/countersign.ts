/** A program: the real server with one data-plane thread, every step on and no limit that a benchmark could meet. */
import { createLogger, DEFAULT_SETTINGS, startServer } from '@countersign/server'
import { answerQuestions } from './served-process.ts'

const UNLIMITED = { capacity: 1e12, refillRate: 1e9 }
const tier = { read: UNLIMITED, write: UNLIMITED }

const [databaseUrl = '', rsa, redisUrl] = process.argv.slice(2)
const server = await startServer(
  {
    ...DEFAULT_SETTINGS,
    databaseUrl,
    ...(redisUrl === undefined ? undefined : { redisUrl, redis: { ...DEFAULT_SETTINGS.redis, timeoutMs: 5_000 } }),
    singleNodePromises: true,
    plane: 'data',
    authorizePort: 0,
    windowMs: 24 * 3_600_000,
    tiers: { unlimited: tier },
    defaultTier: 'unlimited',
    verify: { rsa: rsa === 'openssl' ? 'openssl' : 'node' },
    rules: [
      { match: 'GET /portfolio/balance', scope: 'read::portfolio_balance' },
      { match: 'GET /portfolio/orders', scope: 'read' },
      { match: 'POST /portfolio/orders', scope: 'write::trade' },
      { match: '* /**', scope: 'write' },
    ],
  },
  createLogger('info'),
)
answerQuestions(Number(new URL(server.url).port), async () => void (await server.close()))
