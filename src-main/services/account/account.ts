/**
 * The person's code at a relay's directory, and the account with its backup that stands on it. What is begun goes on by itself: the
 * keystore says what is left to do, and `look` does it, one thing after another.
 */
import type { Account, Backup } from '#shared/contract/accountModels.ts'
import { CairnError, isCairnError } from '#shared/errors.ts'
import { normalizeRelayAddress } from '#shared/wire/relayAddress.ts'
import { describeError } from '../../errorFacts.ts'
import type { AccountRow, DirectoryUser } from '../../storage/accountStore.ts'
import type { Core } from '../core.ts'
import { createAccountApi, type AccountApi } from './accountApi.ts'
import { createBackups } from './backups.ts'
import type { DirectoryApi } from './directoryApi.ts'
import { createPasswords, keysOf } from './password.ts'
import { refusePlain, type SealedApi } from './sealedApi.ts'
import type { Signalling } from './signalling.ts'
import type { Turns } from './turns.ts'

export interface AccountParts {
  api: SealedApi
  directory: DirectoryApi
  signalling: Signalling
  turns: Turns
  /** The own code is no more, in that transaction. */
  onLeft(): void
  /** Contacts came with another copy's newer backup. */
  onAdopted(): void
}

export type AccountService = ReturnType<typeof createAccount>

/** What changes together is saved together. */
const settleMs = 2_000
const [firstRetry, longestRetry] = [30_000, 3600_000]
const deletingMark = 'account-deleting'

interface Standing {
  row: AccountRow
  user: DirectoryUser
  api: AccountApi
}

export function createAccount(core: Core, parts: AccountParts) {
  const { stores } = core
  const { directory, signalling } = parts
  const passwords = createPasswords(core)
  const backups = createBackups(core, { passwords, onAdopted: parts.onAdopted })
  let client: { key: string; api: AccountApi } | null = null
  let turn: Promise<unknown> = Promise.resolve()
  let working: Backup['state'] | null = null
  let trouble: string | null = null
  let failures = 0
  let cancelNext = (): void => undefined

  const isDeleting = (): boolean => stores.profile.meta(deletingMark) !== null

  function get(): Account | null {
    const user = stores.account.own()
    if (!user) return null
    const { relay, code } = user
    const row = stores.account.account()
    return { relay, code, ...signalling.stateOf(relay), backup: row && backupModel(row), deleting: isDeleting() }
  }

  const backupModel = (row: AccountRow): Backup => ({
    ...{ keyServer: row.key_server, at: row.saved_at, contacts: row.saved_contacts, error: trouble },
    state: row.state === 'open' ? (row.change ? 'changing' : (working ?? (backups.isDue() ? 'due' : 'saved'))) : row.state,
  })

  const changed = (): void => core.emit({ type: 'account', account: get() })

  const need = (): Account => {
    const account = get()
    if (!account) throw new CairnError('account.none')
    return account
  }

  function standing(): Standing {
    const [row, user] = [stores.account.account(), stores.account.own()]
    if (!row || !user) throw new CairnError('account.none')
    return { row, user, api: clientFor(user, row.key_server) }
  }

  function clientFor({ relay, code }: DirectoryUser, keyServer: string): AccountApi {
    const key = `${code} ${relay} ${keyServer}`
    if (client?.key !== key) client = { key, api: createAccountApi(core.ports, parts.api, { relay, keyServer, code }) }
    return client.api
  }

  /** One thing at a time; a profile that is closed meanwhile ends the wait, and what was begun goes on at the next start. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = turn.then(() => core.untilClosed(work()))
    turn = next.catch(() => undefined)
    return next
  }

  /** One code for a person; a user that has only asked others there so far is handed out from now on. */
  const create = (at: string, invitation?: string): Promise<Account> =>
    inTurn(async () => {
      const relay = normalizeRelayAddress(at)
      refusePlain(relay)
      return parts.turns(relay, () => createAt(relay, invitation))
    })

  async function createAt(relay: string, invitation?: string): Promise<Account> {
    if (stores.account.own()) throw new CairnError('account.exists')
    const known = stores.account.user(relay)
    const made = known ?? (await directory.register(relay, invitation))
    core.commit(() => {
      if (known) stores.account.setOwn(relay, true)
      else stores.account.addUser({ ...made, own: true, since: core.now() })
      core.later(signalling.follow)
      core.later(changed)
    })
    return need()
  }

  /** Where it fails before the account is there, nothing of it stays. */
  const protect = (password: string, at: string | null): Promise<Account> =>
    inTurn(async () => {
      const user = stores.account.own()
      if (!user || isDeleting()) throw new CairnError('account.none')
      if (stores.account.account()) throw new CairnError('account.exists')
      const keyServer = at === null ? user.relay : normalizeRelayAddress(at)
      refusePlain(keyServer)
      await passwords.begin(clientFor(user, keyServer), keyServer, user, password)
      changed()
      try {
        await run(advance)
      } catch (error) {
        await undo().catch((cause: unknown) => core.ports.logger.info('account.undo-later', describeError(cause)))
        changed()
        throw error
      }
      return need()
    })

  async function undo(): Promise<void> {
    const { row, user, api } = standing()
    if (row.state !== 'making') return
    if (row.user_id !== '') {
      await api.publish(keysOf(core, row, user))
      await passwords.removeAccount(api, row, user)
    }
    core.commit(() => stores.account.removeAccount())
  }

  /** Does what the keystore says is left. */
  async function advance(): Promise<void> {
    if (isDeleting()) return finishRemoval()
    if (!stores.account.account()) return
    if (standing().row.state === 'making') await passwords.make(standing().api, standing().row, standing().user)
    const { row, user, api } = standing()
    if (row.state !== 'open') return
    await passwords.finishChange(api, row, user)
    working = 'saving'
    changed()
    try {
      await backups.save(standing())
    } finally {
      working = null
    }
  }

  /** Errors: what stood in its way. */
  async function run(work: () => Promise<void>): Promise<void> {
    cancelNext()
    try {
      await work()
      trouble = null
      failures = 0
    } catch (error) {
      if (!isCairnError(error)) core.ports.logger.warn('account.failed', describeError(error))
      trouble = isCairnError(error) ? error.code : 'internal'
      failures += 1
      later()
      throw error
    } finally {
      if (core.open) changed()
    }
  }

  const look = (): Promise<void> => inTurn(() => run(advance))
  const lookQuietly = (): void => void look().catch(() => undefined)

  function later(): void {
    cancelNext()
    if (!core.open) return
    cancelNext = core.after(Math.min(longestRetry, firstRetry * 2 ** Math.max(0, failures - 1)), lookQuietly)
  }

  /** Something that a backup holds may be another now. Cheap: nothing is compared before things have settled. */
  function touch(): void {
    const row = stores.account.account()
    if (row?.state !== 'open' || isDeleting()) return
    cancelNext()
    cancelNext = core.after(settleMs, () => {
      const now = stores.account.account()
      // a change of the password that waits for its next try must not be forgotten over this
      if (now?.state === 'open' && (now.change !== null || backups.look(now))) lookQuietly()
    })
  }

  async function backUp(): Promise<Account> {
    const { row } = standing()
    if (row.state === 'signed-out') throw new CairnError('account.signed-out')
    await look()
    return need()
  }

  const signIn = (password: string): Promise<Account> =>
    inTurn(async () => {
      const { row, api } = standing()
      if (row.state === 'making') throw new CairnError('account.none')
      await passwords.signIn(api, password)
      await run(advance)
      return need()
    })

  const changePassword = (current: string, next: string): Promise<Account> =>
    inTurn(async () => {
      const { row, user, api } = standing()
      if (row.state !== 'open') throw new CairnError(row.state === 'making' ? 'account.none' : 'account.signed-out')
      await passwords.finishChange(api, row, user)
      try {
        await passwords.change(standing().api, standing().row, user, current, next)
      } finally {
        if (standing().row.change !== null) later()
        changed()
      }
      return need()
    })

  /** From this moment on it is decided; what cannot be reached now is deleted later. */
  function remove(): Account | null {
    if (!stores.account.own()) throw new CairnError('account.none')
    core.commit(() => {
      stores.profile.setMeta(deletingMark, '1')
      core.later(changed)
      core.later(lookQuietly)
    })
    return get()
  }

  async function finishRemoval(): Promise<void> {
    const [row, user] = [stores.account.account(), stores.account.own()]
    if (row && user) await passwords.removeAccount(clientFor(user, row.key_server), row, user)
    if (user) await parts.turns(user.relay, () => leave(user))
    if (row && row.key_server !== user?.relay) await forgetDevice(row.key_server)
    core.commit(() => {
      stores.account.removeAccount()
      stores.profile.dropMeta(deletingMark)
    })
    client = null
  }

  /** With it goes whoever waits for an answer by it. */
  async function leave(user: DirectoryUser): Promise<void> {
    await directory.remove(user)
    await forgetDevice(user.relay)
    core.commit(() => {
      stores.account.removeAccount() // it stood on the user
      stores.account.removeUser(user.relay)
      core.later(signalling.follow)
      parts.onLeft()
      core.scrub()
    })
  }

  /** A registration that stays behind opens nothing. */
  const forgetDevice = (address: string): Promise<void> =>
    parts.api.forget(address).catch((error: unknown) => core.ports.logger.info('account.device-stays', describeError(error)))

  return {
    ...{ get, changed, create, protect, backUp, signIn, changePassword, remove, touch },
    /** After a start, and every so often. */
    resume(): void {
      const row = stores.account.account()
      if (isDeleting() || (row && row.state !== 'signed-out' && (row.state === 'making' || row.change || backups.look(row)))) lookQuietly()
    },
  }
}
