/** Fetches single blobs again, docs/protocol.md section 4: on a new connection, so that a fault of this one cannot repeat itself. */
import { encodeRvs } from '#shared/wire/frames.ts'
import type { ServerFrame } from '#shared/wire/frames.ts'
import type { Clock, Logger } from '../ports.ts'
import { askOnce } from './dial.ts'
import type { DialOne } from './dial.ts'
import { bytesOfRvs, hexOf } from './rvBytes.ts'

const maxWaiting = 1_024
const answerMs = 20_000

export const createRefetcher = (options: {
  dial: DialOne
  clock: Clock
  logger: Logger
  onBlob: (rv: string, blob: Uint8Array) => void
}) => {
  const { dial, clock, logger, onBlob } = options
  const waiting = new Set<string>()
  let isBusy = false
  let isClosed = false

  const next = (): void => {
    const [rv] = waiting
    if (rv === undefined || isBusy || isClosed) return
    waiting.delete(rv)
    isBusy = true
    const question = encodeRvs('subscribe', 1, bytesOfRvs([rv]))
    askOnce({ dial, clock, timeoutMs: answerMs, question, judge: (frame) => judge(rv, frame) })
      .then((blob) => {
        if (blob !== null && !isClosed) onBlob(rv, blob)
      })
      .catch(() => logger.warn('relay.refetch-failed')) // the next connection brings the blob again
      .finally(() => {
        isBusy = false
        next()
      })
  }

  return {
    add(rv: string): void {
      if (waiting.size < maxWaiting) waiting.add(rv)
      next()
    },
    close: () => void (isClosed = true),
  }
}

const judge = (rv: string, frame: ServerFrame): { value: Uint8Array | null } | null => {
  if (frame.type === 'blob') return hexOf(frame.rv) === rv ? { value: new Uint8Array(frame.blob) } : null
  if (frame.type === 'subscribed') return frame.statuses[0] === 'stored' ? null : { value: null }
  return null
}
