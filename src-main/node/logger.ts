import type { Logger } from '../ports.ts'

/** One JSON object a line; standard output is kept for the address. */
export function createLogger(write: (line: string) => void): Logger {
  const log =
    (level: string): Logger['info'] =>
    (event, facts) =>
      write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...facts })}\n`)
  return { info: log('info'), warn: log('warn') }
}
