/**
 * Relays over HTTP long polling (src-shared/wire/polling.ts), where WebSocket does not get through. A request whose answer is lost is
 * made again with the same number or cursor: the relay then passes over what it has taken, and says again what was not acknowledged.
 */
import { CairnError, isCairnError } from '#shared/errors.ts'
import { batchOf, decodeBatch, encodeBatch, pollHeaders, pollLimits, pollPaths, readFrameNumber } from '#shared/wire/polling.ts'
import type { Clock } from '../ports.ts'
import type { Dial } from './dial.ts'
import { createAgent, errorOfStatus } from './http.ts'
import type { OpenSocket } from './openSocket.ts'
import { exchange } from './pollExchange.ts'
import type { PollAnswer } from './pollExchange.ts'

const answerMs = 20_000
/** A session that was never opened has nothing to lose by a shorter wait. */
const openMs = 12_000
const retryAfterMs = [200, 500, 1_200]
const pausedMs = 1_000

const idForm = /^[A-Za-z0-9_-]{43}$/

const violation = (what: string): CairnError => new CairnError('relay.refused', { details: { what } })

/** Why a session goes no further. */
const errorOfAnswer = ({ status, headers }: PollAnswer): CairnError => {
  if (status === 404) return new CairnError('relay.unreachable', { details: { status } })
  if (status === 410)
    return new CairnError(headers[pollHeaders.close] === '1008' ? 'relay.refused' : 'relay.unreachable', { details: { status } })
  return errorOfStatus(status)
}

export const dialPolling =
  ({ clock, openSocket }: { clock: Clock; openSocket: OpenSocket }): Dial =>
  (address, events) => {
    // One connection waits for what comes; one carries what goes.
    const agent = createAgent(() => openSocket(address), { keepAlive: true, maxSockets: 2, maxFreeSockets: 2 })
    let session: string | null = null
    let isOver = false
    let cursor = 0
    let outbox: Uint8Array[] = []
    let buffered = 0
    /** Number of the first frame of `outbox`. */
    let number = 1
    let isSending = false
    const aborts = new Set<() => void>()

    const sleep = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve))

    const end = (error: CairnError): void => {
      if (isOver) return
      isOver = true
      for (const abort of aborts) abort()
      agent.destroy()
      events.onClose(error)
    }
    const fail = (error: unknown): void => end(isCairnError(error) ? error : new CairnError('internal', { cause: error }))

    const once = async (options: Omit<Parameters<typeof exchange>[0], 'agent' | 'address'>): Promise<PollAnswer> => {
      const { answer, abort } = exchange({ agent, address, ...options })
      aborts.add(abort)
      try {
        return await answer
      } finally {
        aborts.delete(abort)
      }
    }

    /** Asks again when an answer was lost: the same question does nothing twice. */
    const ask = async (path: string, headers: Record<string, string | number>, body?: Uint8Array): Promise<PollAnswer> => {
      const timeoutMs = path === pollPaths.receive ? pollLimits.holdMs + answerMs : answerMs
      const all = { path, headers: { [pollHeaders.session]: session ?? '', ...headers }, timeoutMs, ...(body ? { body } : {}) }
      for (let attempt = 0; ; attempt++) {
        try {
          return await once(all)
        } catch (error) {
          const wait = retryAfterMs[attempt]
          if (isOver || wait === undefined || !isCairnError(error, 'relay.unreachable')) throw error
          await sleep(wait)
          if (isOver) throw error
        }
      }
    }

    const open = async (): Promise<void> => {
      const answer = await once({ path: pollPaths.open, timeoutMs: openMs })
      if (answer.status !== 200) throw errorOfStatus(answer.status)
      const id = Buffer.from(answer.body).toString('latin1')
      if (!idForm.test(id)) throw violation('session')
      session = id
      if (isOver) return hangUp()
      events.onOpen()
      await receiveAll()
    }

    const receiveAll = async (): Promise<void> => {
      while (!isOver) {
        const answer = await ask(pollPaths.receive, { [pollHeaders.cursor]: cursor })
        if (isOver) return
        if (answer.status !== 200) throw errorOfAnswer(answer)
        take(answer)
      }
    }

    const take = ({ headers, body }: PollAnswer): void => {
      const first = readFrameNumber(headers[pollHeaders.first])
      if (first !== cursor + 1) throw violation('cursor')
      let frames: Uint8Array[]
      try {
        frames = decodeBatch(body)
      } catch {
        throw violation('batch') // the codec's errors only say which rule was broken
      }
      for (const frame of frames) {
        if (isOver) return
        cursor += 1
        events.onFrame(frame)
      }
    }

    const sendAll = async (): Promise<void> => {
      while (outbox.length > 0 && !isOver) {
        const { frames } = batchOf(outbox)
        const answer = await ask(pollPaths.send, { [pollHeaders.number]: number }, encodeBatch(frames))
        if (isOver) return
        if (answer.status === 429) {
          await sleep(pausedMs)
          continue
        }
        if (answer.status !== 204) throw errorOfAnswer(answer)
        outbox = outbox.slice(frames.length)
        number += frames.length
        buffered -= frames.reduce((sum, frame) => sum + frame.length, 0)
        events.onDrain()
      }
    }

    const scheduleSend = (): void => {
      if (isSending) return
      isSending = true
      setImmediate(() => {
        sendAll()
          .catch(fail)
          .finally(() => (isSending = false))
      })
    }

    /** The relay need not wait for its patience to run out. */
    const hangUp = (): void => {
      if (session === null) return agent.destroy()
      const { answer } = exchange({
        agent,
        address,
        path: pollPaths.close,
        headers: { [pollHeaders.session]: session },
        timeoutMs: answerMs,
      })
      answer.catch(() => undefined).finally(() => agent.destroy()) // what it does not hear it will find out
    }

    open().catch(fail)

    return {
      send(frame) {
        outbox.push(frame)
        buffered += frame.length
        scheduleSend()
      },
      buffered: () => buffered,
      close() {
        if (isOver) return
        isOver = true
        for (const abort of aborts) abort()
        hangUp()
      },
    }
  }
