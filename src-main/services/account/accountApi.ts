/**
 * An account at a server and its key server, step by step (docs/services/key-backup.md). Whoever calls keeps what has to outlive a
 * crash; here is only the session of the moment.
 */
import { base64 } from '@scure/base'
import * as v from 'valibot'
import { CairnError, isCairnError } from '#shared/errors.ts'
import { parseRelayAddress } from '#shared/wire/relayAddress.ts'
import type { Ports } from '../../ports.ts'
import {
  accountCost,
  authKeyOf,
  authSalt,
  encKeyOf,
  encodeAccountPublicKey,
  openAccountKeys,
  openChallenge,
  registrationBytes,
  sealAccountKeys,
  type AccountKeys,
} from '../../protocol/accountKey.ts'
import { hex, wipe } from '../../protocol/bytes.ts'
import { refusal, type Question, type Reply, type SealedApi } from './sealedApi.ts'

export interface Place {
  /** Normal forms of addresses. */
  relay: string
  keyServer: string
  code: string
}

/** What the key server keeps of the account's keys. */
export interface KeyBox {
  encryptedPrivateKey: Uint8Array
  iv: Uint8Array
  salt: Uint8Array
}

export type AccountApi = ReturnType<typeof createAccountApi>

/** Most bytes of a backup (docs/services/key-backup.md). */
const backupMost = 4 * 1024 * 1024
const base64Bytes = (most: number) =>
  v.pipe(
    v.string(),
    v.maxLength(Math.ceil(most / 3) * 4),
    v.regex(/^[A-Za-z0-9+/]*={0,2}$/),
    v.transform((text) => base64.decode(text)),
  )
const token = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
const userForm = v.object({ userID: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)) })
const tokenForm = v.object({ accessToken: token })
const challengeForm = v.object({ encryptedToken: base64Bytes(4096) })
const boxForm = v.object({ encryptedPrivateKey: base64Bytes(8192), iv: base64Bytes(24), salt: base64Bytes(64) })
const backupForm = v.object({
  blob: base64Bytes(backupMost),
  counter: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(Number.MAX_SAFE_INTEGER)),
})

type AccountPorts = Pick<Ports, 'primitives' | 'random' | 'clock' | 'kdf'>

/** Errors of every step: those of `SealedApi.ask`, `account.refused`, and what is named beside it. */
export function createAccountApi(ports: AccountPorts, api: SealedApi, { relay, keyServer, code }: Place) {
  const { primitives, random, clock } = ports
  const { host } = parseRelayAddress(relay)
  const context = () => ({ primitives, random, now: clock.now() })
  let session: { userID: string; cookie: string } | null = null

  const userID = (): string => {
    if (!session) throw new CairnError('account.refused', { details: { reason: 'no-session' } })
    return session.userID
  }

  async function server(method: Question['method'], path: string, body?: object): Promise<Reply> {
    const headers: Record<string, string> = session ? { cookie: session.cookie } : {}
    return api.ask(relay, { method, target: `/api/user${path}`, headers, ...(body && { body }) })
  }

  const stretch = async (password: string, salt: Uint8Array, to: (stretched: Uint8Array) => Uint8Array): Promise<Uint8Array> => {
    const stretched = await ports.kdf({ passphrase: password.normalize('NFC'), salt, ...accountCost })
    const key = to(stretched)
    wipe(stretched)
    return key
  }

  async function accessToken(operation: string): Promise<string> {
    return within(tokenForm, await server('GET', `/accessToken?operation=${operation}`)).accessToken
  }

  /** A token of its own for each request. */
  async function keys(path: string, operation: string, more: object = {}): Promise<Reply> {
    const userAccessToken = await accessToken(operation)
    return api.ask(keyServer, { method: 'POST', target: path, body: { userAccessToken, userID: userID(), ...more } })
  }

  async function backup(method: 'GET' | 'PUT', operation: string, body?: object): Promise<Reply> {
    const headers = { authorization: `Bearer ${await accessToken(operation)}` }
    return api.ask(keyServer, { method, target: `/backup/${userID()}`, headers, limit: backupMost * 2, ...(body && { body }) })
  }

  const encoded = ({ encryptedPrivateKey, iv, salt }: KeyBox) => ({
    ...{ encryptedPrivateKey: base64.encode(encryptedPrivateKey), iv: base64.encode(iv), salt: base64.encode(salt) },
  })

  return {
    isSignedIn: () => session !== null,
    /** The next step signs in anew. */
    forgetSession: () => void (session = null),

    /** Argon2id takes its time, elsewhere. 32 bytes. */
    authKey: (password: string) => stretch(password, authSalt(primitives, host, code), (bytes) => authKeyOf(primitives, bytes)),
    encKey: (password: string, salt: Uint8Array) => stretch(password, salt, (bytes) => encKeyOf(primitives, bytes)),

    /** One that exists already is as good. */
    async register(authKey: Uint8Array, eddsaSecret: Uint8Array): Promise<void> {
      const body = { code, authKey: hex(authKey), ts: clock.now(), nonce: hex(random(16)), relay: host }
      const signature = hex(primitives.ed25519.sign(eddsaSecret, registrationBytes(body)))
      const reply = await server('POST', '/register', { ...body, signature })
      if (reply.status !== 409) within(userForm, reply)
    },

    /** The account's id. Errors: `account.wrong-password`. */
    async signIn(authKey: Uint8Array): Promise<string> {
      session = null
      const reply = await server('POST', '/authenticate', { code, authKey: hex(authKey) })
      if (reply.status === 401) throw new CairnError('account.wrong-password')
      const { userID: id } = within(userForm, reply)
      const cookie = reply.headers['set-cookie']?.split(';', 1)[0] ?? ''
      session = { userID: id, cookie }
      return id
    },

    /** Errors: `challenge.other-host`, `crypto.failed`. */
    async secure(accountKeys: AccountKeys): Promise<void> {
      const { encryptedToken } = within(challengeForm, await server('GET', '/session-challenge'))
      const decryptedToken = openChallenge(primitives, accountKeys, host, userID(), encryptedToken)
      done(await server('POST', '/session-challenge', { decryptedToken }))
    },

    async publish(accountKeys: AccountKeys): Promise<void> {
      done(await server('POST', '/publicKey', { publicKey: base64.encode(encodeAccountPublicKey(accountKeys)) }))
    },

    seal: (encKey: Uint8Array, salt: Uint8Array, accountKeys: AccountKeys): KeyBox => ({
      ...sealAccountKeys(context(), encKey, userID(), accountKeys),
      salt,
    }),
    /** Errors: `crypto.failed`, `codec.*`. */
    open: (encKey: Uint8Array, box: KeyBox): AccountKeys => openAccountKeys(primitives, encKey, userID(), box),

    /** False: there is a key already. */
    async newUser(box: KeyBox): Promise<boolean> {
      const reply = await keys('/newUser', 'newUser', encoded(box))
      if (reply.status === 409) return false
      done(reply)
      return true
    },

    /** Errors: `backup.none`. */
    async getKey(): Promise<KeyBox> {
      const reply = await keys('/getKey', 'getKey')
      if (reply.status === 404) throw new CairnError('backup.none')
      return within(boxForm, reply)
    },

    /** False: there is one with this counter or a later one. */
    async putBackup(blob: Uint8Array, counter: number): Promise<boolean> {
      const reply = await backup('PUT', 'putBackup', { blob: base64.encode(blob), counter })
      if (reply.status === 409) return false
      done(reply)
      return true
    },

    /** Errors: `backup.none`. */
    async getBackup(): Promise<{ blob: Uint8Array; counter: number }> {
      const reply = await backup('GET', 'getBackup')
      if (reply.status === 404) throw new CairnError('backup.none')
      return within(backupForm, reply)
    },

    /** The first of three steps; what names the change in the second. */
    async pendingChange(box: KeyBox): Promise<string> {
      const userAccessToken = await accessToken('pendingChange')
      const body = { userAccessToken, userID: userID(), ...encoded(box) }
      done(await api.ask(keyServer, { method: 'POST', target: '/pendingChange', body }))
      return userAccessToken
    },
    /** Errors: `account.not-changed`. */
    async setPassword(authKey: Uint8Array, change: string): Promise<void> {
      const reply = await server('POST', '/password', { authKey: hex(authKey), change })
      if (reply.status === 409) throw new CairnError('account.not-changed')
      done(reply)
    },
    async applyPendingChange(): Promise<void> {
      done(await keys('/applyPendingChange', 'applyPendingChange'))
    },

    /** Key, pending key and backup; nothing there is as good. */
    async deleteKey(): Promise<void> {
      const reply = await keys('/deleteKey', 'deleteKey')
      if (reply.status !== 404) done(reply)
    },
    async deleteAccount(): Promise<void> {
      done(await server('DELETE', ''))
      session = null
    },
  }
}

/** The session is over, or never was. */
export const isSessionOver = (error: unknown): boolean =>
  isCairnError(error, 'account.refused') && (error.details['status'] === 401 || error.details['reason'] === 'no-session')

function within<S extends v.GenericSchema>(form: S, reply: Reply): v.InferOutput<S> {
  if (reply.status !== 200) throw refusal(reply.status, reply.body, reply.headers)
  const parsed = v.safeParse(form, reply.body)
  if (!parsed.success) throw new CairnError('account.no-service')
  return parsed.output
}

function done({ status, body, headers }: Reply): void {
  if (status !== 204 && status !== 200) throw refusal(status, body, headers)
}
