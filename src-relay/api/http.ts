/** The services on HTTP: reads a request no further than its route allows, and writes the answer. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../ports.ts'
import { createLargeRequests } from './largeRequests.ts'
import { Problem, type Reply } from './problem.ts'
import type { Caller } from './route.ts'
import { defaultBodyMax, type ApiRequest, type Router } from './router.ts'

export interface HttpServices {
  /** False: not a path of the services. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<boolean>
}

/** Takes a sealed envelope off and puts the answer in one; null where the request is not sealed. */
export type Envelope = (request: ApiRequest) => { request: ApiRequest; seal(reply: Reply): Reply } | null

export interface HttpServicesOptions {
  router: Router
  envelope: Envelope
  addressOf(request: IncomingMessage): string
  clock: Clock
}

/** An answer that was not read by then is not kept any longer: 7.5 MB in that time are half a megabit a second. */
const answerMs = 120_000

/** Base64 and an AEAD's tag around a body of this size. */
const sealedSize = (bytes: number): number => Math.ceil(((bytes + 1024) * 4) / 3) + 256

export function createHttpServices({ router, envelope, addressOf, clock }: HttpServicesOptions): HttpServices {
  const largeRequests = createLargeRequests()

  async function answer(message: IncomingMessage, limit: number): Promise<Reply> {
    const caller: Caller = { address: addressOf(message), headers: message.headers, clientId: null, isTls: 'encrypted' in message.socket }
    const body = await readBody(message, limit)
    const request: ApiRequest = {
      ...{ method: message.method ?? '', target: message.url ?? '', body, caller },
      contentType: message.headers['content-type'] ?? null,
    }
    const opened = envelope(request)
    if (opened === null) return router.dispatch(request)
    return opened.seal(await router.dispatch(opened.request))
  }

  /** Until the connection or the answer is at its end. */
  function holdPlace(message: IncomingMessage, response: ServerResponse): void {
    response.once('close', largeRequests.take(addressOf(message)))
  }

  return {
    async handle(message, response) {
      const there = router.find(message.url ?? '')
      if (there.length === 0) return false
      const route = there.find(({ method }) => method === message.method)
      const serve = async (): Promise<Reply> => {
        if (route?.isLarge) holdPlace(message, response)
        return answer(message, sealedSize(route?.bodyMax ?? defaultBodyMax))
      }
      const reply = await serve().catch((error: unknown) => {
        if (error instanceof Problem) return error.reply
        throw error
      })
      response.once(
        'close',
        clock.after(answerMs, () => response.destroy()),
      )
      write(response, reply)
      return true
    },
  }
}

/** @throws Problem `too-large`; `malformed` where the body never came to its end */
const readBody = (request: IncomingMessage, limit: number): Promise<Uint8Array | null> =>
  new Promise((resolve, reject) => {
    const tooLarge = () => reject(new Problem('too-large', 'the body is too large', { connection: 'close' }))
    if (Number(request.headers['content-length'] ?? 0) > limit) return tooLarge()
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > limit) tooLarge()
      else chunks.push(chunk)
    })
    request.on('end', () => resolve(bytes === 0 ? null : new Uint8Array(Buffer.concat(chunks))))
    const cut = () => reject(new Problem('malformed', 'the body ended early'))
    request.on('error', cut)
    request.on('close', cut) // does nothing after the end
  })

function write(response: ServerResponse, { status, body, headers = {} }: Reply): void {
  if (response.destroyed || response.headersSent) return
  const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body)
  const type = typeof body === 'string' ? {} : body === undefined ? {} : { 'content-type': 'application/json' }
  const common = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
  response.writeHead(status, { ...common, ...type, 'content-length': Buffer.byteLength(text), ...headers }).end(text)
}
