/** The *key server* on HTTP: encrypted private keys and backups. docs/services/key-backup.md. */
import * as v from 'valibot'
import { Problem, type Reply } from '../api/problem.ts'
import { route, type Caller, type Route } from '../api/route.ts'
import type { Service, ServiceContext } from '../service.ts'
import * as form from './forms.ts'
import { createKeys, type Ticket } from './keys.ts'
import { askServer } from './remoteServer.ts'

type Keys = ReturnType<typeof createKeys>

const keyMax = 8192
const ivBytes = 24
const backupMin = 4096
const backupMax = 4 * 1024 * 1024
const sizes = { key: [17, keyMax], iv: [ivBytes, ivBytes], salt: [16, 64] } as const

const ticketForm = { userAccessToken: form.token, userID: form.userID }
const encrypted = {
  encryptedPrivateKey: form.base64Text(...sizes.key),
  iv: form.base64Text(...sizes.iv),
  salt: form.base64Text(...sizes.salt),
}
const ticketed = v.strictObject(ticketForm)
const withKey = v.strictObject({ ...ticketForm, ...encrypted })
const backup = v.strictObject({
  blob: form.base64Text(backupMin, backupMax),
  counter: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(Number.MAX_SAFE_INTEGER)),
})
const common = { tag: 'key server', access: 'access token' } as const
const done: Reply = { status: 204 }
const doneAnswer = { 204: { description: 'Done.' } }

const keyOf = (body: v.InferOutput<typeof withKey>) => ({
  encryptedPrivateKey: form.fromBase64(body.encryptedPrivateKey, ...sizes.key),
  iv: form.fromBase64(body.iv, ...sizes.iv),
  salt: form.fromBase64(body.salt, ...sizes.salt),
})

type Options = ServiceContext & { serverUrl: string | null; keyServerToken: string | null; validate: form.Validate | null }

/** `validate` is that of a server in this process; without one it is asked over the network. */
export interface KeyServer extends Service {
  /** Key, pending key and backup of an account that is gone; in the caller's transaction. */
  forget(userID: string): void
}

export function createKeyServer({ db, clock, logger, quotas, serverUrl, keyServerToken, validate }: Options): KeyServer {
  const ask = validate ?? (serverUrl === null || keyServerToken === null ? null : askServer(serverUrl, keyServerToken, logger))
  if (ask === null) throw new TypeError('a key server needs a server') // the settings are checked before
  const keys = createKeys({ db, clock, quotas, validate: ask })
  return { routes: [...privateKeyRoutes(keys), ...backupRoutes(keys)], forget: keys.forget }
}

const ticketOf = (body: { userAccessToken: string; userID: string }, { address }: Caller): Ticket => ({
  ...{ userID: body.userID, userAccessToken: body.userAccessToken, address },
})

const privateKeyRoutes = (keys: Keys): Route[] => [
  route({
    ...{ ...common, method: 'POST', path: '/newUser', summary: 'Keeps the first encrypted private key.', answers: doneAnswer },
    body: withKey,
    handle: async ({ body, caller }) => {
      await keys.newUser(ticketOf(body, caller), keyOf(body))
      return done
    },
  }),
  route({
    ...{ ...common, method: 'POST', path: '/getKey', summary: 'The encrypted private key that the present password opens.' },
    body: ticketed,
    answers: { 200: { description: 'With what it takes to open it.', schema: v.strictObject(encrypted) } },
    handle: async ({ body, caller }) => {
      const { encryptedPrivateKey, iv, salt } = await keys.getKey(ticketOf(body, caller))
      const all = { encryptedPrivateKey, iv, salt }
      return { status: 200, body: Object.fromEntries(Object.entries(all).map(([name, bytes]) => [name, form.toBase64(bytes)])) }
    },
  }),
  route({
    ...{ ...common, method: 'POST', path: '/pendingChange', summary: 'Keeps the next one beside the present.', answers: doneAnswer },
    body: withKey,
    handle: async ({ body, caller }) => {
      await keys.pendingChange(ticketOf(body, caller), keyOf(body))
      return done
    },
  }),
  route({
    ...{ ...common, method: 'POST', path: '/applyPendingChange', summary: 'The next takes the place of the present.', answers: doneAnswer },
    body: ticketed,
    handle: async ({ body, caller }) => {
      await keys.applyPendingChange(ticketOf(body, caller))
      return done
    },
  }),
  route({
    ...{ ...common, method: 'POST', path: '/deleteKey', summary: 'Deletes key, pending key and backup.', answers: doneAnswer },
    body: ticketed,
    handle: async ({ body, caller }) => {
      await keys.deleteKey(ticketOf(body, caller))
      return done
    },
  }),
]

const params = v.strictObject({ userID: form.userID })

const bearerTicket = ({ userID }: v.InferOutput<typeof params>, { address, headers }: Caller): Ticket => {
  const userAccessToken = form.bearerOf(headers.authorization)
  if (userAccessToken === null || !v.is(form.token, userAccessToken))
    throw new Problem('unauthorized', 'an access token is missing', { 'www-authenticate': 'Bearer' })
  return { userID, userAccessToken, address }
}

const backupRoutes = (keys: Keys): Route[] => {
  const at = { ...common, path: '/backup/{userID}', params } as const
  return [
    route({
      ...{ ...at, method: 'PUT', summary: 'Keeps a backup later than the one that is there.', answers: doneAnswer },
      body: backup,
      ...{ bodyMax: Math.ceil(backupMax / 3) * 4 + 1024, isLarge: true },
      handle: async ({ params, body, caller }) => {
        const blob = form.fromBase64(body.blob, backupMin, backupMax)
        await keys.putBackup(bearerTicket(params, caller), { blob, counter: body.counter })
        return done
      },
    }),
    route({
      ...{ ...at, method: 'GET', summary: 'The backup.', isLarge: true, answers: { 200: { description: 'The latest.', schema: backup } } },
      handle: async ({ params, caller }) => {
        const { blob, counter } = await keys.getBackup(bearerTicket(params, caller))
        return { status: 200, body: { blob: form.toBase64(blob), counter } }
      },
    }),
    route({
      ...{ ...at, method: 'DELETE', summary: 'Deletes the backup; its counter stays.', answers: doneAnswer },
      handle: async ({ params, caller }) => {
        await keys.deleteBackup(bearerTicket(params, caller))
        return done
      },
    }),
  ]
}
