/** A client of accounts and key backup, made of the protocol's functions: what an app does, one step for each function. */
import { randomBytes } from 'node:crypto'
import { argon2id } from '@noble/hashes/argon2.js'
import { openBackup, sealBackup, type Backup } from '#main/protocol/accountBackup.ts'
import {
  authKeyOf,
  authSalt,
  encKeyOf,
  encodeAccountPublicKey,
  openAccountKeys,
  openChallenge,
  registrationBytes,
  sealAccountKeys,
  type AccountKeys,
} from '#main/protocol/accountKey.ts'
import { node, testContext } from '#test/support/providers.ts'

const context = testContext()
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
const unbase64 = (text: unknown): Uint8Array => new Uint8Array(Buffer.from(String(text), 'base64'))
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

export interface Answer {
  status: number
  body: Record<string, unknown>
  headers: Headers
}

/** The cost is the client's own business; here the least there is. */
const stretch = (password: string, salt: Uint8Array): Uint8Array => argon2id(password, salt, { t: 1, m: 8, p: 1 })

export interface Place {
  server: string
  keyServer: string
  host: string
  code: string
}

/** One device. @throws never for a refusal: the answers are for the test to judge, but `token` and `restore` want theirs to succeed. */
export function createAccountClient({ server, keyServer, host, code }: Place) {
  let cookie = ''
  let userID = ''

  async function ask(base: string, method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const json = body === undefined ? {} : { 'content-type': 'application/json' }
    const response = await fetch(base + path, {
      ...{ method, headers: { ...json, ...(base === server && cookie !== '' && { cookie }), ...headers } },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const set = response.headers.get('set-cookie')
    if (set !== null) cookie = set.split(';', 1)[0] ?? ''
    const text = await response.text()
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Answer['body']), headers: response.headers }
  }
  const toServer = (method: string, path: string, body?: unknown) => ask(server, method, `/api/user${path}`, body)

  const authKey = (password: string): string => hex(authKeyOf(node, stretch(password, authSalt(node, host, code))))
  const boxed = (password: string, keys: AccountKeys) => {
    const salt = context.random(16)
    const { iv, encryptedPrivateKey } = sealAccountKeys(context, encKeyOf(node, stretch(password, salt)), userID, keys)
    return { encryptedPrivateKey: base64(encryptedPrivateKey), iv: base64(iv), salt: base64(salt) }
  }

  async function token(operation: string): Promise<string> {
    const { status, body } = await toServer('GET', `/accessToken?operation=${operation}`)
    if (status !== 200) throw new Error(`no token for ${operation}: ${status}`)
    return String(body['accessToken'])
  }
  const ticket = async (operation: string) => ({ userAccessToken: await token(operation), userID })
  const bearer = async (operation: string) => ({ authorization: `Bearer ${await token(operation)}` })

  const client = {
    ...{ ask, toServer, token, ticket, authKey, boxed },
    get userID() {
      return userID
    },
    toKeyServer: (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
      ask(keyServer, method, path, body, headers),
    registration: (password: string, keys: AccountKeys, over: Record<string, unknown> = {}) => {
      const nonce = randomBytes(16).toString('hex')
      const body = { code, authKey: authKey(password), ts: Date.now(), nonce, relay: host, ...over }
      return { ...body, signature: hex(node.ed25519.sign(keys.eddsaSecret, registrationBytes(body))) }
    },
    async authenticate(password: string): Promise<Answer> {
      const answer = await toServer('POST', '/authenticate', { code, authKey: authKey(password) })
      if (answer.status === 200) userID = String(answer.body['userID'])
      return answer
    },
    publish: (keys: AccountKeys) => toServer('POST', '/publicKey', { publicKey: base64(encodeAccountPublicKey(keys)) }),
    async newUser(password: string, keys: AccountKeys): Promise<Answer> {
      return ask(keyServer, 'POST', '/newUser', { ...(await ticket('newUser')), ...boxed(password, keys) })
    },
    async secure(keys: AccountKeys): Promise<Answer> {
      const { body } = await toServer('GET', '/session-challenge')
      const decryptedToken = openChallenge(node, keys, host, userID, unbase64(body['encryptedToken']))
      return toServer('POST', '/session-challenge', { decryptedToken })
    },
    /** What a fresh device does: password, key, challenge. Null where the password is wrong. */
    async restore(password: string): Promise<AccountKeys | null> {
      if ((await client.authenticate(password)).status !== 200) return null
      const { status, body } = await ask(keyServer, 'POST', '/getKey', await ticket('getKey'))
      if (status !== 200) throw new Error(`no key: ${status}`)
      const box = { iv: unbase64(body['iv']), encryptedPrivateKey: unbase64(body['encryptedPrivateKey']) }
      const keys = openAccountKeys(node, encKeyOf(node, stretch(password, unbase64(body['salt']))), userID, box)
      if ((await client.secure(keys)).status !== 200) throw new Error('not secured')
      return keys
    },
    async putBackup(keys: AccountKeys, backup: Backup): Promise<Answer> {
      const blob = base64(sealBackup(context, keys, userID, backup))
      return ask(keyServer, 'PUT', `/backup/${userID}`, { blob, counter: backup.counter }, await bearer('putBackup'))
    },
    getBackup: async () => ask(keyServer, 'GET', `/backup/${userID}`, undefined, await bearer('getBackup')),
    deleteBackup: async () => ask(keyServer, 'DELETE', `/backup/${userID}`, undefined, await bearer('deleteBackup')),
    readBackup: (keys: AccountKeys, { body }: Answer, known: number): Backup =>
      openBackup(node, keys, userID, { blob: unbase64(body['blob']), counter: Number(body['counter']) }, known),
    /** The three steps of a change of password. */
    async pendingChange(password: string, keys: AccountKeys): Promise<{ answer: Answer; change: string }> {
      const { userAccessToken } = await ticket('pendingChange')
      const answer = await ask(keyServer, 'POST', '/pendingChange', { userAccessToken, userID, ...boxed(password, keys) })
      return { answer, change: userAccessToken }
    },
    setPassword: (password: string, change: string) => toServer('POST', '/password', { authKey: authKey(password), change }),
    applyPendingChange: async () => ask(keyServer, 'POST', '/applyPendingChange', await ticket('applyPendingChange')),
    deleteKey: async () => ask(keyServer, 'POST', '/deleteKey', await ticket('deleteKey')),
  }
  return client
}

export type AccountClient = ReturnType<typeof createAccountClient>
