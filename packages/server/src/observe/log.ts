import pino, { type DestinationStream, type Logger } from 'pino'
import type { LogLevel } from '../config/settings.ts'
import { censor, censorFields } from './censor.ts'

/** The server's log: one JSON object on each line. */
export function createLogger(level: LogLevel, destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      // pino's own `redact` reads each of its paths for every line, which costs more than a refusal.
      formatters: { log: censorLine },
      serializers: { err: (fault) => censor(pino.stdSerializers.err(fault)) },
    },
    destination ?? pino.destination({ dest: 1, sync: false }),
  )
}

/** A fault goes to its serializer, which needs it whole. */
function censorLine(fields: Record<string, unknown>): Record<string, unknown> {
  if (!('err' in fields)) return censorFields(fields)
  const { err, ...others } = fields
  return { ...censorFields(others), err }
}
