/**
 * The account's password: its first one, another one in three steps of which none loses anything, and the account's end
 * (docs/services/key-backup.md). Everything that must outlive a crash is in the keystore before the step that needs it.
 */
import * as v from 'valibot'
import { CairnError, isCairnError } from '#shared/errors.ts'
import { equalBytes } from '../../protocol/bytes.ts'
import { bytes, decodeCbor, encodeCbor } from '../../protocol/cbor.ts'
import { generateAccountKeys, type AccountKeys } from '../../protocol/accountKey.ts'
import type { AccountRow, DirectoryUser } from '../../storage/accountStore.ts'
import type { Core } from '../core.ts'
import { isSessionOver, type AccountApi } from './accountApi.ts'

/** A change whose key waits at the key server. */
const changeForm = v.strictObject({ authKey: bytes(32), token: v.pipe(v.string(), v.maxLength(64)) })

export type Passwords = ReturnType<typeof createPasswords>

export const keysOf = (core: Core, row: AccountRow, { eddsa, ecdh }: DirectoryUser): AccountKeys => ({
  ...{ kemKey: row.kem_key, kemSecret: row.kem_secret, dhSecret: row.dh_secret, eddsaSecret: eddsa, ecdhSecret: ecdh },
  dhKey: core.ports.primitives.x25519.publicKey(row.dh_secret),
})

/** `row` and `user` are there: whoever calls has looked. */
export function createPasswords(core: Core) {
  const { account } = core.stores
  const update = (changes: Partial<AccountRow>): void => core.commit(() => account.updateAccount(changes))

  /** Before anything is asked of a server. What is made of the password is dropped as soon as the key server has its share. */
  async function begin(api: AccountApi, keyServer: string, user: DirectoryUser, password: string): Promise<void> {
    const salt = core.ports.random(16)
    const [authKey, encKey] = [await api.authKey(password), await api.encKey(password, salt)]
    const keys = generateAccountKeys(core.context(), { eddsaSecret: user.eddsa, ecdhSecret: user.ecdh })
    core.commit(() => {
      if (account.account() || account.own()?.relay !== user.relay) throw new CairnError('account.exists')
      account.addAccount({
        ...{ key_server: keyServer, user_id: '', auth_key: authKey, state: 'making', enc_key: encKey, salt, counter: 0 },
        ...{ kem_key: keys.kemKey, kem_secret: keys.kemSecret, dh_secret: keys.dhSecret },
      })
    })
  }

  /** Every step may have happened before. Errors: also `account.refused` where somebody else's key is in its place. */
  async function make(api: AccountApi, row: AccountRow, user: DirectoryUser): Promise<void> {
    const keys = keysOf(core, row, user)
    if (row.enc_key === null || row.salt === null) throw new CairnError('keystore.damaged')
    await api.register(row.auth_key, user.eddsa)
    const userID = await api.signIn(row.auth_key)
    update({ user_id: userID })
    await api.publish(keys)
    const isNew = await api.newUser(api.seal(row.enc_key, row.salt, keys))
    if (!isNew && !equalBytes(api.open(row.enc_key, await api.getKey()).kemSecret, keys.kemSecret))
      throw new CairnError('account.refused', { details: { reason: 'other-key' } })
    await api.secure(keys)
    update({ state: 'open', enc_key: null, salt: null })
  }

  /** A secured session, the one there is if it still counts. Errors: `account.signed-out`. */
  async function inSession<T>(api: AccountApi, row: AccountRow, user: DirectoryUser, work: () => Promise<T>): Promise<T> {
    if (api.isSignedIn()) {
      try {
        return await work()
      } catch (error) {
        if (!isSessionOver(error)) throw error
      }
    }
    try {
      await api.signIn(row.auth_key)
    } catch (error) {
      if (!isCairnError(error, 'account.wrong-password')) throw error
      update({ state: 'signed-out' })
      throw new CairnError('account.signed-out')
    }
    await api.secure(keysOf(core, row, user))
    return work()
  }

  /** Errors: `account.wrong-password`, and those of `finishChange`. */
  async function change(api: AccountApi, row: AccountRow, user: DirectoryUser, current: string, next: string): Promise<void> {
    if (!equalBytes(await api.authKey(current), row.auth_key)) throw new CairnError('account.wrong-password')
    const salt = core.ports.random(16)
    const [authKey, encKey] = [await api.authKey(next), await api.encKey(next, salt)]
    await inSession(api, row, user, async () => {
      const token = await api.pendingChange(api.seal(encKey, salt, keysOf(core, row, user)))
      update({ change: encodeCbor({ authKey, token }) })
      await secondHalf(api, authKey, token)
    })
  }

  /** The server did not take it: the old password counts, and the pending key is never used. */
  function drop(error: unknown): never {
    if (isCairnError(error, 'account.not-changed')) update({ change: null })
    throw error
  }

  /** After a crash or a lost answer: whichever password opens a session says how far it had come. */
  async function finishChange(api: AccountApi, row: AccountRow, user: DirectoryUser): Promise<void> {
    if (row.change === null) return
    const { authKey, token } = decodeCbor(row.change, changeForm)
    const isChanged = await api.signIn(authKey).then(
      () => true,
      (error: unknown) => {
        if (isCairnError(error, 'account.wrong-password')) return false
        throw error
      },
    )
    if (!isChanged) return inSession(api, row, user, () => secondHalf(api, authKey, token))
    update({ auth_key: authKey })
    await api.secure(keysOf(core, row, user))
    await lastStep(api)
  }

  async function secondHalf(api: AccountApi, authKey: Uint8Array, token: string): Promise<void> {
    await api.setPassword(authKey, token).catch(drop)
    update({ auth_key: authKey })
    await lastStep(api)
  }

  async function lastStep(api: AccountApi): Promise<void> {
    await api.applyPendingChange()
    update({ change: null })
  }

  /** The password of another computer's change. Errors: `account.wrong-password`. */
  async function signIn(api: AccountApi, password: string): Promise<void> {
    const authKey = await api.authKey(password)
    await api.signIn(authKey)
    api.forgetSession() // it is not secured
    update({ auth_key: authKey, state: 'open', change: null })
  }

  /** Key server first: only an account can open the way to what lies there. */
  async function removeAccount(api: AccountApi, row: AccountRow, user: DirectoryUser): Promise<void> {
    if (row.user_id === '') return
    try {
      await inSession(api, row, user, async () => {
        await api.deleteKey()
        await api.deleteAccount()
      })
    } catch (error) {
      // the password is another's by now, or the account is gone: the directory user takes with it what is left at the server
      if (!isCairnError(error, 'account.signed-out')) throw error
    }
  }

  return { begin, make, inSession, change, finishChange, signIn, removeAccount }
}
