/** Sessions of accounts, their challenges, and the access tokens that are made on them. No HTTP here. */
import { randomBytes } from 'node:crypto'
import { decodeAccountPublicKey, sealChallenge } from '#main/protocol/accountKey.ts'
import type { Primitives } from '#main/protocol/primitives.ts'
import { Problem } from '../api/problem.ts'
import { createRateTable } from '../api/rateTable.ts'
import type { Clock } from '../ports.ts'
import { createAccountStore, type Account } from '../storage/accountStore.ts'
import type { AccountDatabase } from '../storage/accounts.ts'
import { createSessionStore, type Session } from '../storage/sessionStore.ts'
import type { Quotas } from '../quotas.ts'
import { hashOf, isSame, needsSecured, type Operation, type Validated } from './forms.ts'
import { accountRates } from './rates.ts'

export interface OpenSession {
  account: Account
  session: Session
}

const hour = 3600_000
export const sessionLifetime = 30 * 24 * hour
const sessionIdle = 7 * 24 * hour
const challengeLifetime = 5 * 60_000
const tokenLifetime = 60_000
const sessionsPerAccount = 20

const newToken = (): string => randomBytes(32).toString('hex')

interface SessionsOptions {
  db: AccountDatabase
  clock: Clock
  quotas: Quotas
  primitives: Primitives
}

export function createSessions({ db, clock, quotas, primitives }: SessionsOptions) {
  const accounts = createAccountStore(db)
  const sessions = createSessionStore(db)
  const requests = createRateTable(accountRates.sessionsOfAccount, { factorOf: quotas.account })

  /** In the caller's transaction. @returns what the cookie holds */
  function open(account: number): string {
    const secret = newToken()
    sessions.insert(hashOf(secret), account, clock.now(), sessionsPerAccount)
    return secret
  }

  function live(secret: string | null): OpenSession | null {
    const session = secret === null ? null : sessions.byHash(hashOf(secret))
    const now = clock.now()
    if (session === null || session.createdAt + sessionLifetime <= now || session.usedAt + sessionIdle <= now) return null
    const account = accounts.byId(session.account)
    return account && { account, session }
  }

  /** @throws Problem `unauthorized` without a session that lives, `too-many-requests` */
  function need(secret: string | null): OpenSession {
    const found = live(secret)
    if (found === null) throw new Problem('unauthorized', 'there is no such session, or it is over')
    const now = clock.now()
    requests.take(found.account.userID, now)
    if (found.session.usedAt + hour <= now) db.transaction(() => sessions.touch(found.session.hash, now))
    return found
  }

  function needSecured(secret: string | null): OpenSession {
    const found = need(secret)
    if (!found.session.isSecured) throw new Problem('forbidden', 'the session is not secured')
    return found
  }

  /** What only the account's key opens; a new one takes the place of the last. */
  async function challenge(secret: string | null): Promise<Uint8Array> {
    const { account, session } = need(secret)
    if (account.publicKey === null) throw new Problem('conflict', 'the account has no public key')
    const answer = randomBytes(32)
    const context = { primitives, random: (length: number) => new Uint8Array(randomBytes(length)), now: clock.now() }
    const to = decodeAccountPublicKey(new Uint8Array(account.publicKey))
    const sealed = sealChallenge(context, to, account.host, account.userID, new Uint8Array(answer))
    db.transaction(() => sessions.challenge(session.hash, hashOf(answer.toString('hex')), clock.now() + challengeLifetime))
    return sealed
  }

  /** One try for each challenge. */
  function answer(secret: string | null, decryptedToken: string): void {
    const { session } = need(secret)
    const { challengeHash, challengeExpires, hash } = session
    const isRight = challengeHash !== null && challengeExpires > clock.now() && isSame(challengeHash, hashOf(decryptedToken))
    db.transaction(() => sessions.answered(hash, isRight || session.isSecured))
    if (!isRight) throw new Problem('forbidden', 'this is not what the challenge held, or it is over')
  }

  function accessToken(secret: string | null, operation: Operation): string {
    const { account } = needsSecured(operation) ? needSecured(secret) : need(secret)
    const token = newToken()
    db.transaction(() => sessions.insertToken(hashOf(token), account.id, operation, clock.now() + tokenLifetime))
    return token
  }

  /** Consumes the token, whatever the answer. One for `pendingChange` names from now on the change that it was used for. */
  const validate = (userID: string, accessToken: string, operation: Operation): Validated | null =>
    db.transaction(() => {
      const hash = hashOf(accessToken)
      const token = sessions.takeToken(hash)
      const account = token === null ? null : accounts.byId(token.account)
      if (token === null || account === null) return null
      if (token.operation !== operation || account.userID !== userID || token.expires <= clock.now()) return null
      if (operation === 'pendingChange') accounts.announceChange(account.id, hash)
      return { change: account.changeApplied }
    })

  return {
    ...{ open, need, needSecured, challenge, answer, accessToken, validate },
    close(secret: string | null): void {
      const found = live(secret)
      if (found !== null) db.transaction(() => sessions.remove(found.session.hash))
    },
    /** In the caller's transaction, as the next. */
    endOthers: (account: number, hash: Uint8Array) => sessions.removeOthers(account, hash),
    unsecure: (hash: Uint8Array) => sessions.answered(hash, false),
    sweep(): void {
      const now = clock.now()
      sessions.sweep(now, now - sessionLifetime, now - sessionIdle)
    },
  }
}

export type Sessions = ReturnType<typeof createSessions>
