/** The routes of registration, for requests and for the OpenAPI document. */
import { base64 } from '@scure/base'
import type { Reply } from '../api/problem.ts'
import { route, type Caller, type Route } from '../api/route.ts'
import * as schemas from './schemas.ts'

/** What the routes do, given what their schemas let through. */
export interface Handlers {
  begin(clientId: string, caller: Caller): Reply
  complete(clientId: string, clientKey: Uint8Array, caller: Caller): Reply
  openSession(clientId: string, ephemeral: Uint8Array, caller: Caller): Reply
  show(caller: Caller): Reply
  remove(caller: Caller): Reply
}

export function registrationRoutes(handlers: Handlers): Route[] {
  const open = { method: 'POST', tag: 'registration', access: null } as const
  const sealed = { tag: 'registration', access: 'sealed' } as const
  return [
    route({
      ...{ ...open, path: '/register/init', summary: 'Begins to register a device: a key pair of the relay for it.' },
      body: schemas.initSchema,
      answers: { 200: { description: 'The relay’s X25519 key for this device, base64.', schema: schemas.initAnswer } },
      handle: ({ body, caller }) => handlers.begin(body.client_id, caller),
    }),
    route({
      ...{ ...open, path: '/register/complete', summary: 'Registers the device with its X25519 key, base64; once.' },
      body: schemas.completeSchema,
      answers: { 200: { description: 'What the device shows from now on.', schema: schemas.completeAnswer } },
      handle: ({ body, caller }) => handlers.complete(body.client_id, base64.decode(body.public_key), caller),
    }),
    route({
      ...{ ...open, path: '/session', summary: 'Opens a session of sealed requests; authorization: Bearer api_key.' },
      body: schemas.sessionSchema,
      answers: { 200: { description: 'Id and the relay’s ephemeral X25519 key; lasts an hour.', schema: schemas.sessionAnswer } },
      handle: ({ body, caller }) => handlers.openSession(body.client_id, base64.decode(body.ephemeral), caller),
    }),
    route({
      ...{ ...sealed, method: 'GET', path: '/session', summary: 'What the relay keeps of the device that asks.' },
      answers: { 200: { description: 'The device.', schema: schemas.deviceAnswer } },
      handle: ({ caller }) => handlers.show(caller),
    }),
    route({
      ...{ ...sealed, method: 'DELETE', path: '/registration', summary: 'Removes the device that asks, and its sessions.' },
      answers: { 200: { description: 'It is gone.', schema: schemas.removedAnswer } },
      handle: ({ caller }) => handlers.remove(caller),
    }),
  ]
}
