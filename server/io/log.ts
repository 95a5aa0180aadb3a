/** The server's log: JSON lines on stderr, warnings and worse unless SHOAL_LOG names a level. */
import { type Logger, pino } from 'pino'

export type Log = Logger

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

export function createLog(): Log {
  const wanted = process.env.SHOAL_LOG ?? ''
  const level = LEVELS.includes(wanted) ? wanted : 'warn'
  // Written at once: a crash keeps its last lines, and no thread is spent on a quiet log.
  const serializers = { error: pino.stdSerializers.err }
  return pino({ level, base: null, serializers }, pino.destination({ dest: 2, sync: true }))
}
