/** Takes sealed requests out of their envelope and puts the answers in one (docs/services/registration.md). */
import { admit, decodeSealed, openRequest, sealResponse } from '#main/protocol/sealedApi.ts'
import type { SealedMessage, SealedPrimitives } from '#main/protocol/sealedApi.ts'
import type { Envelope } from '../api/http.ts'
import { Problem, type Reply } from '../api/problem.ts'
import type { ApiRequest } from '../api/router.ts'
import type { Session } from './sessions.ts'

/** Holds a message whose HTTP message has no body. */
const sealedHeader = 'x-cairn-sealed'

export type Opened = NonNullable<ReturnType<Envelope>>

export const headerOf = ({ caller }: ApiRequest, name: string): string | null => {
  const value = caller.headers[name]
  return typeof value === 'string' ? value : null
}

/** The bytes of `{nonce, ciphertext}`, wherever it stands; null where there is none. @throws Problem `malformed` */
export function envelopeOf(request: ApiRequest): ReturnType<typeof decodeSealed> | null {
  const inHeader = headerOf(request, sealedHeader)
  if (inHeader === null && request.body === null) return null
  if (inHeader !== null && request.body !== null) throw new Problem('malformed', `${sealedHeader} is for requests without a body`)
  try {
    return decodeSealed(JSON.parse(inHeader ?? new TextDecoder('utf-8', { fatal: true }).decode(request.body ?? undefined)))
  } catch {
    throw new Problem('malformed', 'a sealed request is {nonce, ciphertext}, both base64')
  }
}

/** The reply with `seal(its body)` in its place, or in the header where it has none. */
export function sealedReply(reply: Reply, seal: (plaintext: Uint8Array) => SealedMessage): Reply {
  const { body } = reply
  if (body === undefined) return { ...reply, headers: { ...reply.headers, [sealedHeader]: JSON.stringify(seal(new Uint8Array())) } }
  return { ...reply, body: seal(new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body))) }
}

/** What the router gets in the sealed request's place. */
export const withPlaintext = (request: ApiRequest, clientId: string, plaintext: Uint8Array): ApiRequest => ({
  ...request,
  body: plaintext.length === 0 ? null : plaintext,
  caller: { ...request.caller, clientId },
})

/** @throws Problem `malformed`; `unauthorized` where it does not open; `conflict` where its counter was used or is too old */
export function openSealed(primitives: SealedPrimitives, session: Session, request: ApiRequest): Opened {
  const { clientId, id: sessionId, keys } = session
  const message = envelopeOf(request)
  if (message === null) throw new Problem('malformed', `a sealed request without a body has ${sealedHeader}`)
  const exchange = { method: request.method, target: request.target, clientId, sessionId }
  const { counter, plaintext } = opening(() => openRequest(primitives, keys, exchange, message))
  // only what is authentic moves the window
  const window = admit(session.window, counter)
  if (window === null) throw new Problem('conflict', 'this counter was used before, or is too old')
  session.window = window
  return {
    request: withPlaintext(request, clientId, plaintext),
    seal: (reply) => sealedReply(reply, (body) => sealResponse(primitives, keys, { ...exchange, counter, status: reply.status }, body)),
  }
}

/** Which of the things that a request is bound to was another is nobody's business. */
export const opening = <T>(work: () => T): T => {
  try {
    return work()
  } catch {
    throw new Problem('unauthorized', 'this does not open')
  }
}
