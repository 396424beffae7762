/** Which requests are sealed, by what, and who may send them. */
import type { Envelope } from '../api/http.ts'
import { Problem } from '../api/problem.ts'
import type { ApiRequest } from '../api/router.ts'
import type { Parts } from './parts.ts'
import { openPlain } from './plainScheme.ts'
import { headerOf, openSealed, type Opened } from './sealedEnvelope.ts'

/** What is never sealed: how one comes to keys, and what everybody may read. */
const isOpen = ({ method, target }: ApiRequest): boolean => {
  const [path = ''] = target.split('?', 1)
  return path.startsWith('/register/') || (path === '/session' && method === 'POST') || path === '/openapi.json' || path === '/docs'
}

export function createEnvelope(parts: Parts): Envelope {
  return (request) => {
    if (isOpen(request)) return null
    const clientId = headerOf(request, 'x-cairn-client')
    const sessionId = headerOf(request, 'x-cairn-session')
    const apiKey = headerOf(request, 'x-api-key')
    if (clientId === null && sessionId === null && apiKey === null) return null
    parts.limits.sealed.take(request.caller.address, parts.clock.now())
    if (apiKey !== null && clientId === null && sessionId === null) return plain(parts, request, apiKey)
    if (apiKey === null && clientId !== null && sessionId !== null) return sealed(parts, request, clientId, sessionId)
    throw new Problem('malformed', 'a sealed request has x-cairn-client and x-cairn-session, and no x-api-key')
  }
}

function sealed(parts: Parts, request: ApiRequest, clientId: string, sessionId: string): Opened {
  const session = parts.sessions.find(clientId, sessionId, parts.clock.now())
  if (session === null) throw new Problem('unauthorized', 'no such session, or it is over: POST /session')
  const opened = openSealed(parts.primitives, session, request)
  noteRequest(parts, clientId)
  return opened
}

function plain(parts: Parts, request: ApiRequest, apiKey: string): Opened {
  const { devices, primitives, compatOmni } = parts
  if (!compatOmni)
    throw new Problem(
      'forbidden',
      'this relay serves no requests encrypted under static keys (no forward secrecy, replays are not noticed): POST /session',
    )
  const device = devices.authenticate(headerOf(request, 'x-client-id') ?? '', apiKey)
  const secret = devices.secretOf(device)
  const key = primitives.x25519.sharedSecret(secret, device.clientKey)
  secret.fill(0)
  const opened = openPlain(primitives, { clientId: device.clientId, key }, request)
  noteRequest(parts, device.clientId)
  return opened
}

/** Only when it is known that the device itself asks: nobody else uses up its share. */
function noteRequest({ limits, lastSeen, clock }: Parts, clientId: string): void {
  limits.sealedOfDevice.take(clientId, clock.now())
  lastSeen.note(clientId, clock.now())
}
