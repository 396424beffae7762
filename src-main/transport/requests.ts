/**
 * Requests of one link: those that wait for their turn and those that wait for their answer. First in, first out; no more on the way
 * than the relay and the network take.
 */
import type { CairnError } from '#shared/errors.ts'
import type { ServerFrame } from '#shared/wire/frames.ts'
import type { FrameSocket } from './dial.ts'

export interface Request {
  encode(requestId: number): Uint8Array
  /** What must come back, with how many words; `null`: nothing does. */
  expects: { type: 'published' | 'subscribed' | 'acked' | 'statuses'; count: number } | null
  resolve(frame: ServerFrame): void
  reject(error: CairnError): void
}

export interface Requests {
  /** False when too many wait. */
  add(request: Request): boolean
  /** Sends what may go now; called when the connection opens, drains or answers. */
  pump(socket: FrameSocket): void
  /** False: it answers nothing that was asked, or answers it wrongly. */
  answer(frame: ServerFrame & { requestId: number }): boolean
  failAll(error: CairnError): void
  underWay(): number
}

const maxWaiting = 16_384
const maxUnderWay = 512
const sendHighWater = 1024 * 1024

export const createRequests = (): Requests => {
  let waiting: Request[] = []
  let first = 0 // of `waiting`: shift() would move thousands for each frame
  let nextId = 1
  const underWay = new Map<number, Request>()

  const next = (): Request | undefined => {
    const request = waiting[first]
    if (request === undefined) return undefined
    first += 1
    if (first > 1024) {
      waiting = waiting.slice(first)
      first = 0
    }
    return request
  }

  const pump = (socket: FrameSocket): void => {
    while (underWay.size < maxUnderWay && socket.buffered() < sendHighWater) {
      const request = next()
      if (request === undefined) return
      const id = nextId
      nextId = nextId >= 0xffff_ffff ? 1 : nextId + 1
      if (request.expects !== null) underWay.set(id, request)
      socket.send(request.encode(id))
    }
  }

  const fits = (request: Request, frame: ServerFrame): boolean => {
    const expects = request.expects
    if (frame.type === 'error') return true
    if (frame.type !== expects?.type) return false
    if (frame.type === 'subscribed' || frame.type === 'statuses') return frame.statuses.length === expects.count
    return frame.type !== 'acked' || frame.results.length === expects.count
  }

  return {
    add(request) {
      if (waiting.length - first >= maxWaiting) return false
      waiting.push(request)
      return true
    },
    pump,
    answer(frame) {
      const request = underWay.get(frame.requestId)
      if (request === undefined || !fits(request, frame)) return false
      underWay.delete(frame.requestId)
      request.resolve(frame)
      return true
    },
    failAll(error) {
      const all = [...underWay.values(), ...waiting.slice(first)]
      underWay.clear()
      waiting = []
      first = 0
      for (const request of all) request.reject(error)
    },
    underWay: () => underWay.size,
  }
}
