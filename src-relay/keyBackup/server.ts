/** The *server* of key backup, on HTTP: accounts, session challenges, access tokens. docs/services/key-backup.md. */
import * as v from 'valibot'
import { Problem, type Reply } from '../api/problem.ts'
import { createRateTable } from '../api/rateTable.ts'
import { route, type Caller, type Route } from '../api/route.ts'
import type { Service, ServiceContext } from '../service.ts'
import { createAccounts } from './accounts.ts'
import * as form from './forms.ts'
import { accountRates } from './rates.ts'
import { createSessions, sessionLifetime, type Sessions } from './sessions.ts'

export interface AccountServer extends Service {
  /** For a key server in the same process. */
  validate: form.Validate
  /** In the caller's transaction; the account's id, or null where the user had none. */
  forgetUser(user: number): string | null
}

type Options = ServiceContext & { keyServerToken: string | null }
type Accounts = ReturnType<typeof createAccounts>

const publicKeyBytes = 1158 + 32
const publicKey = form.base64Text(publicKeyBytes, publicKeyBytes)
const done: Reply = { status: 204 }
const doneAnswer = { 204: { description: 'Done.' } }
const account = { tag: 'account', access: 'session cookie' } as const

const cookieForm = /(?:^|;\s*)session=([0-9a-f]{64})(?:;|$)/

/** What the session cookie holds. */
const secretOf = ({ headers }: Caller): string | null => cookieForm.exec(headers.cookie ?? '')?.[1] ?? null

/** A caller that lies about its proxy only keeps its own cookie from plain connections. */
const isTls = ({ isTls = false, headers }: Caller): boolean => isTls || headers['x-forwarded-proto'] === 'https'

const setCookie = (caller: Caller, value: string, maxAge: number): Record<string, string> => ({
  'set-cookie': `session=${value}; Path=/api/user; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${isTls(caller) ? '; Secure' : ''}`,
})

export function createAccountServer({ db, clock, quotas, keyServerToken, publicHost, primitives }: Options): AccountServer {
  const sessions = createSessions({ db, clock, quotas, primitives })
  const accounts = createAccounts({ db, clock, quotas, sessions, publicHost, primitives })
  return {
    routes: [
      ...signInRoutes(accounts, sessions),
      ...keyRoutes(accounts, sessions, () => clock.now()),
      ...sessionRoutes(sessions),
      ...changeRoutes(accounts, sessions),
      ...(keyServerToken === null ? [] : [validateRoute(sessions.validate, keyServerToken)]),
    ],
    validate: sessions.validate,
    forgetUser: accounts.forgetUser,
    sweep() {
      sessions.sweep()
      accounts.sweep()
    },
  }
}

const signInRoutes = (accounts: Accounts, sessions: Sessions): Route[] => [
  route({
    ...{ method: 'POST', path: '/api/user/register', tag: 'account', access: null, summary: 'Makes an account for a directory user.' },
    body: v.strictObject({
      ...{ code: form.code, authKey: form.token, ts: form.milliseconds, nonce: form.nonce, relay: form.hostName },
      signature: form.signature,
    }),
    answers: { 200: { description: 'Made.', schema: v.strictObject({ userID: form.userID }) } },
    handle: ({ body, caller }) => ({ status: 200, body: accounts.register(body, caller.address) }),
  }),
  route({
    ...{ method: 'POST', path: '/api/user/authenticate', tag: 'account', access: null, summary: 'Opens a session.' },
    body: v.strictObject({ code: form.code, authKey: form.token }),
    answers: { 200: { description: 'Open; the cookie is set.', schema: v.strictObject({ userID: form.userID, secured: v.boolean() }) } },
    handle: ({ body, caller }) => {
      const { userID, cookie } = accounts.authenticate(body.code, body.authKey, caller.address)
      return { status: 200, body: { userID, secured: false }, headers: setCookie(caller, cookie, sessionLifetime / 1000) }
    },
  }),
  route({
    ...{ ...account, method: 'POST', path: '/api/user/logout', summary: 'Ends the session.', answers: doneAnswer },
    handle: ({ caller }) => {
      sessions.close(secretOf(caller))
      return { status: 204, headers: setCookie(caller, '', 0) }
    },
  }),
]

const keyRoutes = (accounts: Accounts, sessions: Sessions, now: () => number): Route[] => {
  const lookups = createRateTable(accountRates.publicKeys)
  return [
    route({
      ...{
        ...account,
        method: 'POST',
        path: '/api/user/publicKey',
        summary: 'Sets the public key; another one on a secured session only.',
      },
      body: v.strictObject({ publicKey }),
      answers: doneAnswer,
      handle: ({ body, caller }) => {
        const bytes = form.fromBase64(body.publicKey, publicKeyBytes, publicKeyBytes)
        accounts.setPublicKey(sessions.need(secretOf(caller)), bytes)
        return done
      },
    }),
    route({
      ...{ method: 'GET', path: '/api/user/{id}/publicKey', tag: 'account', access: null, summary: 'The public key of an account.' },
      params: v.strictObject({ id: form.userID }),
      answers: { 200: { description: 'sntrup761 ‖ X25519.', schema: v.strictObject({ publicKey }) } },
      handle: ({ params, caller }) => {
        lookups.take(caller.address, now())
        const bytes = accounts.publicKeyOf(params.id)
        if (bytes === null) throw new Problem('not-found', 'there is no such key')
        return { status: 200, body: { publicKey: form.toBase64(bytes) } }
      },
    }),
  ]
}

const sessionRoutes = (sessions: Sessions): Route[] => [
  route({
    ...{ ...account, method: 'GET', path: '/api/user/accessToken', summary: 'A token for one operation of the key server, for 60 s.' },
    query: v.strictObject({ operation: form.operation }),
    answers: { 200: { description: 'Made.', schema: v.strictObject({ accessToken: form.token }) } },
    handle: ({ query, caller }) => ({ status: 200, body: { accessToken: sessions.accessToken(secretOf(caller), query.operation) } }),
  }),
  route({
    ...{ ...account, method: 'GET', path: '/api/user/session-challenge', summary: 'A token that only the account’s key decrypts.' },
    answers: { 200: { description: 'Sealed.', schema: v.strictObject({ encryptedToken: form.base64Text(4096, 4096) }) } },
    handle: async ({ caller }) => ({
      status: 200,
      body: { encryptedToken: form.toBase64(await sessions.challenge(secretOf(caller))) },
    }),
  }),
  route({
    ...{ ...account, method: 'POST', path: '/api/user/session-challenge', summary: 'The decrypted token; then the session is secured.' },
    body: v.strictObject({ decryptedToken: form.token }),
    answers: { 200: { description: 'Secured.', schema: v.strictObject({ secured: v.boolean() }) } },
    handle: ({ body, caller }) => {
      sessions.answer(secretOf(caller), body.decryptedToken)
      return { status: 200, body: { secured: true } }
    },
  }),
]

const changeRoutes = (accounts: Accounts, sessions: Sessions): Route[] => [
  route({
    ...{ ...account, method: 'POST', path: '/api/user/password', summary: 'Another authKey, for the change that the key server holds.' },
    body: v.strictObject({ authKey: form.token, change: form.token }),
    answers: doneAnswer,
    handle: ({ body, caller }) => {
      accounts.setPassword(sessions.needSecured(secretOf(caller)), body.authKey, body.change)
      return done
    },
  }),
  route({
    ...{ ...account, method: 'DELETE', path: '/api/user', summary: 'Deletes the account; on a secured session.', answers: doneAnswer },
    handle: ({ caller }) => {
      accounts.remove(sessions.needSecured(secretOf(caller)))
      return { status: 204, headers: setCookie(caller, '', 0) }
    },
  }),
]

const validateRoute = (validate: Sessions['validate'], keyServerToken: string): Route => {
  const expected = form.hashOf(keyServerToken)
  return route({
    ...{ method: 'POST', path: '/keyserver/user/validate', tag: 'account', access: 'key server', summary: 'Consumes an access token.' },
    body: v.strictObject({ userID: form.userID, accessToken: form.token, operation: form.operation }),
    answers: { 200: { description: 'Good.', schema: v.strictObject({ valid: v.boolean(), change: v.nullable(form.token) }) } },
    handle: ({ body, caller }) => {
      if (!form.isSame(form.hashOf(form.bearerOf(caller.headers.authorization) ?? ''), expected))
        throw new Problem('unauthorized', 'this is for the key server')
      const good = validate(body.userID, body.accessToken, body.operation)
      if (good === null) throw new Problem('forbidden', 'the access token is not good for this')
      return { status: 200, body: { valid: true, change: good.change && Buffer.from(good.change).toString('hex') } }
    },
  })
}
