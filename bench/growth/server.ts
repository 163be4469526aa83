/** A program: the real server, both planes, with limits that the benchmark does not meet. It says where it listens. */
import { createLogger, DEFAULT_SETTINGS, startServer } from '@countersign/server'

const UNLIMITED = { capacity: 1e12, refillRate: 1e9 }
const [databaseUrl = '', level = 'error'] = process.argv.slice(2)
const begunMs = performance.now()
const server = await startServer(
  {
    ...DEFAULT_SETTINGS,
    databaseUrl,
    port: 0,
    authorizePort: 0,
    windowMs: 24 * 3_600_000,
    tiers: { basic: { read: UNLIMITED, write: UNLIMITED } },
    maxKeysPerAccount: 100_000,
  },
  createLogger(level === 'info' ? 'info' : 'error'),
)
process.send?.({ url: server.url, authorizeUrl: server.authorizeUrl, startMs: performance.now() - begunMs })
process.on('message', (question) => {
  if (question === 'cpu') process.send?.(process.cpuUsage())
  else server.close().then(() => process.disconnect?.())
})
