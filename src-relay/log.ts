/** JSON lines on standard error. No address, no rendezvous point and no byte of a blob is ever among the facts. */
import type { Clock, Logger } from './ports.ts'
import type { LogLevel } from './settings.ts'

export const createLog = (options: { level: LogLevel; clock: Clock; write: (line: string) => void }): Logger => {
  const { level, clock, write } = options
  const say =
    (rank: 'info' | 'warn'): Logger['info'] =>
    (event, facts = {}) =>
      write(`${JSON.stringify({ time: new Date(clock.now()).toISOString(), level: rank, event, ...facts })}\n`)
  const nothing = (): void => undefined
  return { info: level === 'info' ? say('info') : nothing, warn: level === 'silent' ? nothing : say('warn') }
}
