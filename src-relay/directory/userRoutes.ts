/** `/users`: who has a code, and how to reach them. */
import * as v from 'valibot'
import { Problem } from '../api/problem.ts'
import { createRateTable } from '../api/rateTable.ts'
import { route, type Route } from '../api/route.ts'
import type { ServiceContext } from '../service.ts'
import type { DirectoryStore } from '../storage/directoryStore.ts'
import type { User, UserStore } from '../storage/userStore.ts'
import { normalCode } from '#shared/wire/userCode.ts'
import { codeSchema, makeCode } from './codes.ts'
import { fromHex, isExchangeKey, isSigningKey, toHex } from './keys.ts'
import { invitationSchema } from './invitations.ts'
import type { Lookups } from './lookups.ts'
import { directoryLimits } from './limits.ts'
import type { SignedRequests } from './signedRequest.ts'

const keySchema = v.pipe(v.string(), v.regex(/^[0-9a-fA-F]{64}$/, '32 bytes in hex'))

/** 1–64 characters with something to see, no control characters, nothing that turns the direction of what stands beside it. */
const nameSchema = v.pipe(
  v.string(),
  v.regex(
    /^(?=.*[\p{L}\p{N}\p{P}\p{S}])[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]{1,64}$/u,
    '1 to 64 characters, none of them for control or direction',
  ),
)

const userSchema = v.strictObject({
  id: v.pipe(v.number(), v.integer()),
  code: codeSchema,
  name: v.nullable(nameSchema),
  ecdh_public_key: keySchema,
  eddsa_public_key: keySchema,
  created_at: v.pipe(v.string(), v.isoTimestamp()),
})

const bodyOf = ({ id, code, name, ecdhKey, eddsaKey, createdAt }: User) => ({
  ...{ id, code, name, ecdh_public_key: toHex(ecdhKey), eddsa_public_key: toHex(eddsaKey) },
  created_at: new Date(createdAt).toISOString(),
})

export interface UserRoutesOptions extends Pick<ServiceContext, 'db' | 'clock'> {
  users: UserStore
  store: DirectoryStore
  lookups: Lookups
  signedRequests: SignedRequests
  /** In the transaction that makes a user. @throws Problem `forbidden` */
  admit(invitation: string | undefined, now: number): void
  forgetUser(user: number): void
  /** After the user is gone from the database. */
  onDeleted(user: number): void
}

export const userRoutes = (options: UserRoutesOptions): Route[] => [register(options), look(options), rename(options), remove(options)]

function register({ db, clock, users, admit }: UserRoutesOptions): Route {
  const byAddress = createRateTable(directoryLimits.registrations)
  const inAll = createRateTable(directoryLimits.registrationsInAll)
  return route({
    ...{ method: 'POST', path: '/users', tag: 'directory', summary: 'Become a user: gives a code.', access: null },
    body: v.strictObject({ ecdh_public_key: keySchema, eddsa_public_key: keySchema, invitation: v.optional(invitationSchema) }),
    answers: {
      201: { description: 'The user.', schema: userSchema },
      403: { description: 'This relay wants an invitation, and one that was not used.' },
      409: { description: 'This signing key is registered.' },
    },
    handle({ body, caller }) {
      const now = clock.now()
      byAddress.take(caller.address, now)
      inAll.take('', now)
      const [ecdhKey, eddsaKey] = [fromHex(body.ecdh_public_key), fromHex(body.eddsa_public_key)]
      if (!isExchangeKey(ecdhKey)) throw new Problem('invalid', 'ecdh_public_key is no X25519 key')
      if (!isSigningKey(eddsaKey)) throw new Problem('invalid', 'eddsa_public_key is no Ed25519 key')
      const user = db.transaction(() => {
        admit(body.invitation, now)
        if (users.hasSigningKey(eddsaKey)) throw new Problem('conflict', 'this key is registered')
        for (;;) {
          const made = users.insert(makeCode(), ecdhKey, eddsaKey, now) // null: the code was given out before
          if (made !== null) return made
        }
      })
      return { status: 201, body: bodyOf(user) }
    },
  })
}

function look({ clock, users, lookups }: UserRoutesOptions): Route {
  return route({
    ...{ method: 'GET', path: '/users/{code}', tag: 'directory', summary: 'Who has this code.', access: null },
    params: v.strictObject({ code: codeSchema }),
    answers: { 200: { description: 'The user.', schema: userSchema }, 404: { description: 'Nobody has it, or nobody has it any more.' } },
    handle({ params, caller }) {
      lookups.take(caller.address, clock.now())
      const user = users.byCode(normalCode(params.code))
      if (user === null) throw new Problem('not-found', 'nobody has this code')
      return { status: 200, body: bodyOf(user) }
    },
  })
}

const me = { path: '/users/me', tag: 'directory', access: 'signed request' } as const

function rename({ db, users, signedRequests }: UserRoutesOptions): Route {
  return route({
    ...{ ...me, method: 'PATCH', summary: 'Change the name others see; null: none.' },
    body: v.strictObject({ name: v.nullable(nameSchema) }),
    answers: { 200: { description: 'The user.', schema: userSchema } },
    handle({ body, caller }) {
      const name = body.name?.normalize('NFC') ?? null
      if (name !== null && [...name].length > 64) throw new Problem('invalid', 'body.name is too long')
      const user = db.transaction(() => {
        const signer = signedRequests.authenticate({ method: 'PATCH', target: me.path, body, caller })
        users.rename(signer.id, name)
        return { ...signer, name }
      })
      return { status: 200, body: bodyOf(user) }
    },
  })
}

function remove({ db, clock, users, store, signedRequests, forgetUser, onDeleted }: UserRoutesOptions): Route {
  return route({
    ...{ ...me, method: 'DELETE', summary: 'Go: name, keys and what waits are deleted, the code is never given out again.' },
    answers: { 204: { description: 'Done.' } },
    handle({ caller }) {
      const gone = db.transaction(() => {
        const { id } = signedRequests.authenticate({ method: 'DELETE', target: me.path, body: null, caller })
        users.remove(id, clock.now())
        store.forget(id)
        forgetUser(id)
        return id
      })
      onDeleted(gone)
      return { status: 204 }
    },
  })
}
