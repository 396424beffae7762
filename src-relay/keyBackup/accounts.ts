/** Accounts: who may register one, open a session on it, and change or end it. No HTTP here. */
import { randomBytes } from 'node:crypto'
import type { Primitives } from '#main/protocol/primitives.ts'
import { registrationBytes, type Registration } from '#main/protocol/accountKey.ts'
import { Problem } from '../api/problem.ts'
import { createRateTable } from '../api/rateTable.ts'
import type { Clock } from '../ports.ts'
import { createAccountStore, type Account } from '../storage/accountStore.ts'
import type { AccountDatabase } from '../storage/accounts.ts'
import { createUserStore, type User } from '../storage/userStore.ts'
import type { Quotas } from '../quotas.ts'
import { hashOf, isSame, sha256 } from './forms.ts'
import { accountRates } from './rates.ts'
import type { Sessions, OpenSession } from './sessions.ts'

export interface AccountsOptions {
  db: AccountDatabase
  clock: Clock
  quotas: Quotas
  sessions: Sessions
  /** The host that a registration must name; null: any, and the account keeps it. */
  publicHost: string | null
  primitives: Primitives
}

const minute = 60_000
/** Clocks of clients may be ten minutes off; a nonce is remembered for as long as its time is accepted. */
const skew = 10 * minute

/**
 * authKey is 32 bytes out of Argon2id and HKDF: whoever has this hash must still go through Argon2id for each guess at the password, so
 * a second slow hash would cost the server and nobody else. The salt keeps equal keys from looking equal.
 */
const makeAuth = (authKey: string) => {
  const authSalt = randomBytes(16)
  return { authSalt, authHash: sha256(authSalt, Buffer.from(authKey, 'hex')) }
}

export function createAccounts({ db, clock, quotas, sessions, publicHost, primitives }: AccountsOptions) {
  const accounts = createAccountStore(db)
  const users = createUserStore(db)
  const byAddress = createRateTable(accountRates.signIns)
  const byCode = createRateTable(accountRates.signInsOfCode, { factorOf: quotas.user })
  let nobodysKey: Uint8Array | null = null
  const nobody = makeAuth(randomBytes(32).toString('hex')) // takes the same path as somebody

  const limit = (address: string, code: string): void => {
    const now = clock.now()
    byAddress.take(address, now)
    byCode.take(code, now)
  }

  /** The user who signed this, or nobody: an unknown code and a wrong signature answer the same. */
  function signer(registration: Registration, signature: string): User {
    const { ed25519 } = primitives
    nobodysKey ??= ed25519.publicKey(new Uint8Array(randomBytes(32)))
    const user = users.byCode(registration.code)
    const key = user?.eddsaKey ?? nobodysKey
    const isSigned = ed25519.verify(key, registrationBytes(registration), new Uint8Array(Buffer.from(signature, 'hex')))
    if (user === null || !isSigned) throw new Problem('forbidden', 'the signature is not of the user with this code')
    return user
  }

  function register(body: Registration & { signature: string }, address: string): { userID: string } {
    const { signature, ...registration } = body
    limit(address, registration.code)
    const now = clock.now()
    if (Math.abs(now - registration.ts) > skew) throw new Problem('invalid', 'body.ts is too far from this server’s clock')
    if (publicHost !== null && registration.relay !== publicHost) throw new Problem('invalid', 'body.relay is not this server')
    const user = signer(registration, signature) // who may have an account at all is to be asked here
    const userID = randomBytes(16).toString('hex')
    db.transaction(() => {
      const used = sha256(Buffer.from(registration.code), Buffer.from(registration.nonce, 'hex'))
      if (!accounts.useNonce(used, registration.ts + skew)) throw new Problem('conflict', 'this registration came before')
      if (accounts.byDirectoryUser(user.id) !== null) throw new Problem('conflict', 'this user has an account')
      accounts.insert({ userID, directoryUser: user.id, host: registration.relay, ...makeAuth(registration.authKey) }, now)
    })
    return { userID }
  }

  function forgetUser(user: number): string | null {
    const account = accounts.byDirectoryUser(user)
    if (account !== null) accounts.remove(account.id)
    return account?.userID ?? null
  }

  /** An unknown code and a wrong password are the same answer on the same path. */
  function authenticate(code: string, authKey: string, address: string): { userID: string; cookie: string } {
    limit(address, code)
    const user = users.byCode(code)
    const account = accounts.byDirectoryUser(user?.id ?? -1)
    const { authSalt, authHash } = account ?? nobody
    const isRight = isSame(sha256(authSalt, Buffer.from(authKey, 'hex')), authHash)
    if (account === null || !isRight) throw new Problem('unauthorized', 'code or password is wrong')
    return { userID: account.userID, cookie: db.transaction(() => sessions.open(account.id)) }
  }

  /** The first may be set by whoever has the password, another only by whoever has the present one. */
  function setPublicKey({ account, session }: OpenSession, publicKey: Uint8Array): void {
    if (account.publicKey !== null && isSame(account.publicKey, publicKey)) return
    if (account.publicKey !== null && !session.isSecured) throw new Problem('forbidden', 'the session is not secured')
    db.transaction(() => {
      accounts.setPublicKey(account.id, publicKey)
      if (account.publicKey === null) return
      sessions.endOthers(account.id, session.hash)
      sessions.unsecure(session.hash)
    })
  }

  /**
   * The second of three steps (docs/services/key-backup.md): only what the key server holds as pending may become the password.
   * @param change the token with which the key server took it
   */
  function setPassword({ account, session }: OpenSession, authKey: string, change: string): void {
    const hash = hashOf(change)
    const isAgain = account.changeApplied !== null && isSame(account.changeApplied, hash)
    if (isAgain && isSame(sha256(account.authSalt, Buffer.from(authKey, 'hex')), account.authHash)) return
    if (account.changeAnnounced === null || !isSame(account.changeAnnounced, hash))
      throw new Problem('conflict', 'the key server holds no such change, or a later one')
    db.transaction(() => {
      accounts.setAuth(account.id, makeAuth(authKey), hash)
      sessions.endOthers(account.id, session.hash)
    })
  }

  return {
    register,
    authenticate,
    setPublicKey,
    setPassword,
    forgetUser,
    publicKeyOf: (userID: string): Uint8Array | null => accounts.byUserID(userID)?.publicKey ?? null,
    remove: ({ account }: { account: Account }) => db.transaction(() => accounts.remove(account.id)),
    sweep: () => accounts.sweep(clock.now()),
  }
}
