/** The HTTP side of long polling: which session a request is for, what it holds, and how much of it is read. */
import { hash, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isCairnError } from '#shared/errors.ts'
import { pollHeaders, pollLimits, pollPaths, readFrameNumber } from '#shared/wire/polling.ts'
import type { Counters } from './counters.ts'
import type { PollPeer, Received } from './pollPeer.ts'
import type { Logger } from './ports.ts'

export interface PollRoutes {
  /** False: not a path of long polling. */
  handle(request: IncomingMessage, response: ServerResponse): boolean
}

const binary = { 'content-type': 'application/octet-stream', 'cache-control': 'no-store' }

/** What follows in the request is not worth reading; Node closes the connection after the answer. */
const answer = (response: ServerResponse, status: number, headers: Record<string, string | number> = {}): void => {
  if (response.destroyed || response.headersSent) return
  const closing = status === 413 || status === 400 ? { connection: 'close' } : {}
  response
    .writeHead(status, { 'cache-control': 'no-store', ...(status === 204 ? {} : { 'content-length': 0 }), ...closing, ...headers })
    .end()
}

/** The whole body; `null` when it is longer than a body may be, or never came to its end. */
const readBody = (request: IncomingMessage): Promise<Uint8Array | 'too-large' | null> =>
  new Promise((resolve) => {
    if (Number(request.headers['content-length'] ?? 0) > pollLimits.bodyMax) return resolve('too-large')
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > pollLimits.bodyMax) resolve('too-large')
      else chunks.push(chunk)
    })
    request.on('end', () => resolve(Buffer.concat(chunks)))
    request.on('error', () => resolve(null))
    request.on('close', () => resolve(null))
  })

const hasBody = (request: IncomingMessage): boolean =>
  request.headers['transfer-encoding'] !== undefined || !/^0?$/.test(request.headers['content-length'] ?? '')

export const createPollRoutes = (options: {
  counters: Counters
  logger: Logger
  /** `null`: there is no room, and that has been counted. */
  attach(request: IncomingMessage, onClosed: () => void): PollPeer | null
}): PollRoutes => {
  const { counters, logger, attach } = options
  /** By the hash of their id: looking one up takes as long for a wrong id as for a nearly right one. */
  const sessions = new Map<string, PollPeer>()
  const keyOf = (id: string): string => hash('sha256', id, 'base64url')

  const open = (request: IncomingMessage, response: ServerResponse): void => {
    const id = randomBytes(pollLimits.idBytes).toString('base64url')
    const peer = attach(request, () => sessions.delete(keyOf(id)))
    if (peer === null) return answer(response, 503, { connection: 'close' })
    sessions.set(keyOf(id), peer)
    response.writeHead(200, { ...binary, 'content-length': id.length }).end(id)
  }

  const ended = (response: ServerResponse, code: number): void => answer(response, 410, { [pollHeaders.close]: code })

  const send = async (peer: PollPeer, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const number = readFrameNumber(request.headers[pollHeaders.number])
    if (number === null) return answer(response, 400)
    const body = await readBody(request)
    if (body === null) return
    if (body === 'too-large') return answer(response, 413)
    try {
      const result = peer.send(number, body)
      if (result === 'taken') return answer(response, 204)
      if (result === 'gap') return answer(response, 409)
      if (result === 'paused') return answer(response, 429, { 'retry-after': 1 })
      ended(response, result.endedWith)
    } catch (error) {
      if (!isCairnError(error)) throw error
      counters.count(error.code === 'codec.too-large' ? 'too-large' : 'malformed')
      answer(response, error.code === 'codec.too-large' ? 413 : 400)
    }
  }

  const receive = (peer: PollPeer, request: IncomingMessage, response: ServerResponse): void => {
    const cursor = readFrameNumber(request.headers[pollHeaders.cursor])
    if (cursor === null) return answer(response, 400)
    const reply = (received: Received): void => {
      if (response.destroyed) return
      if (received.kind === 'ended') return ended(response, received.code)
      const { first, body } = received
      response.writeHead(200, { ...binary, 'content-length': body.length, [pollHeaders.first]: first }).end(body)
    }
    response.on('close', () => peer.abandon(reply))
    if (!peer.receive(cursor, reply)) answer(response, 409)
  }

  const handle = (request: IncomingMessage, response: ServerResponse): boolean => {
    const { method, url = '', headers } = request
    if (!Object.values<string>(pollPaths).includes(url)) return false
    if (method !== 'POST' || (url !== pollPaths.send && hasBody(request))) {
      answer(response, 400)
      return true
    }
    if (url === pollPaths.open) {
      open(request, response)
      return true
    }
    const id = headers[pollHeaders.session]
    const peer = typeof id === 'string' ? sessions.get(keyOf(id)) : undefined
    if (peer === undefined) {
      counters.count('unknown-session')
      answer(response, 404, { connection: 'close' })
    } else if (url === pollPaths.send) {
      send(peer, request, response).catch((error: unknown) => {
        logger.warn('relay.poll-failed', { error: error instanceof Error ? error.message : 'unknown' })
        response.destroy()
      })
    } else if (url === pollPaths.receive) {
      receive(peer, request, response)
    } else {
      peer.terminate()
      answer(response, 204)
    }
    return true
  }

  return { handle }
}
