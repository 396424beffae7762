/** One request of long polling and its answer, read with a limit. */
import type { Agent, IncomingHttpHeaders } from 'node:http'
import { CairnError, isCairnError } from '#shared/errors.ts'
import { pollLimits } from '#shared/wire/polling.ts'
import type { RelayAddress } from '#shared/wire/relayAddress.ts'
import { httpUrl } from './http.ts'
import { request as httpRequest } from './nodeHttp.ts'

export interface PollAnswer {
  status: number
  headers: IncomingHttpHeaders
  body: Uint8Array
}

/** Throws what opening a socket throws, `relay.refused` for an answer that is too long, `relay.unreachable` for anything else. */
export const exchange = (options: {
  agent: Agent
  address: RelayAddress
  path: string
  headers?: Record<string, string | number>
  body?: Uint8Array
  timeoutMs: number
}): { answer: Promise<PollAnswer>; abort: () => void } => {
  const { agent, address, path, headers = {}, body = new Uint8Array(), timeoutMs } = options
  const request = httpRequest(httpUrl(address, path), {
    method: 'POST',
    agent,
    headers: { 'content-type': 'application/octet-stream', 'content-length': body.length, ...headers },
  })
  const answer = new Promise<PollAnswer>((resolve, reject) => {
    const fail = (cause: unknown): void => {
      clearTimeout(timer)
      request.destroy()
      reject(isCairnError(cause) ? cause : new CairnError('relay.unreachable', { cause }))
    }
    const timer = setTimeout(() => fail(new Error('timed out')), timeoutMs)
    request.on('error', fail)
    request.on('close', () => fail(new Error('closed'))) // after an answer this changes nothing
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > pollLimits.bodyMax) fail(new CairnError('relay.refused', { details: { what: 'oversize' } }))
        else chunks.push(chunk)
      })
      response.on('error', fail)
      response.on('end', () => {
        clearTimeout(timer)
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) })
      })
    })
    request.end(body)
  })
  return { answer, abort: () => request.destroy() }
}
