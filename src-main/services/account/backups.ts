/** Saves what a backup holds whenever it is another than what was saved last (docs/services/key-backup.md). */
import { CairnError, isCairnError } from '#shared/errors.ts'
import { openBackup, sealBackup, type Backup } from '../../protocol/accountBackup.ts'
import { equalBytes, utf8 } from '../../protocol/bytes.ts'
import type { AccountRow, DirectoryUser } from '../../storage/accountStore.ts'
import type { Core } from '../core.ts'
import { putGroups } from '../groups/groupBackup.ts'
import type { AccountApi } from './accountApi.ts'
import { contentOf, putBlocked, putContact, type Content } from './backupContent.ts'
import { keysOf, type Passwords } from './password.ts'

interface Standing {
  row: AccountRow
  user: DirectoryUser
  api: AccountApi
}

export interface BackupsParts {
  passwords: Passwords
  /** Contacts came with a newer backup of another copy of this profile. */
  onAdopted(): void
}

/** Another copy of this profile saves at the same time as often as that: something is wrong with one of them. */
const triesMost = 3

export function createBackups(core: Core, { passwords, onAdopted }: BackupsParts) {
  const { stores } = core

  const content = (): Content => contentOf(stores, core.identity())
  const digestOf = (now: Content): Uint8Array => core.ports.primitives.sha256(...partsOf(now))
  const isSaved = ({ digest }: AccountRow, now: Content): boolean => digest !== null && equalBytes(digest, digestOf(now))

  /** As of the last look: comparing everything is not for every time that somebody asks. */
  let due = false
  const look = (row: AccountRow): boolean => (due = !isSaved(row, content()))

  /** Does nothing where what is here is there. Errors: `backup.too-large`, `account.signed-out`, and those of the account's steps. */
  async function save({ row, user, api }: Standing): Promise<void> {
    if (!look(row)) return
    await passwords.inSession(api, row, user, async () => {
      for (let tries = 0; tries < triesMost; tries++) if (await put({ row, user, api })) return
      throw new CairnError('account.refused', { details: { reason: 'conflict' } })
    })
  }

  /** The counter is on disk before it goes out: no two backups have the same. False: another copy was ahead; its news are here now. */
  async function put({ row, user, api }: Standing): Promise<boolean> {
    const now = content()
    const counter = (stores.account.account()?.counter ?? 0) + 1
    core.commit(() => stores.account.updateAccount({ counter }))
    const blob = sealed(row, user, { counter, ...now })
    if (!(await api.putBackup(blob, counter))) {
      await adopt({ row, user, api }, counter)
      return false
    }
    core.commit(() => stores.account.updateAccount({ digest: digestOf(now), saved_at: core.now(), saved_contacts: now.contacts.length }))
    due = false // what came meanwhile is looked at in its turn
    return true
  }

  function sealed(row: AccountRow, user: DirectoryUser, backup: Backup): Uint8Array {
    try {
      return sealBackup(core.context(), keysOf(core, row, user), row.user_id, backup)
    } catch (error) {
      if (isCairnError(error, 'codec.too-large')) throw new CairnError('backup.too-large', { cause: error })
      throw error
    }
  }

  /**
   * This profile is an older copy of one that has saved since: whom it does not know it gets to know, and goes on from there. It deletes
   * nobody: who was deleted on the other copy stays here until the person says so. `known` was not above what is served: an older one is a lie.
   * Errors: `backup.outdated`.
   */
  async function adopt({ row, user, api }: Standing, known: number): Promise<void> {
    const served = await api.getBackup()
    const backup = openBackup(core.ports.primitives, keysOf(core, row, user), row.user_id, served, known)
    const ports = { primitives: core.ports.primitives, random: core.ports.random, now: core.now() }
    core.commit(() => {
      const news = backup.contacts.filter((contact) => putContact(stores, ports, contact))
      putBlocked(stores, backup)
      stores.account.updateAccount({ counter: Math.max(backup.counter, stores.account.account()?.counter ?? 0) })
      const groups = putGroups(stores, ports, core.identity().id, backup.groups)
      if (news.length + groups > 0) core.later(onAdopted)
    })
  }

  return { save, look, isDue: () => due }
}

/** All that is in it, in one order: the backup's own form would take ten times as long to make at a thousand contacts. */
function* partsOf({ identity, contacts, relays, blocked, groups }: Content): Generator<Uint8Array> {
  yield utf8(
    JSON.stringify([
      identity.length,
      contacts.length,
      relays,
      blocked.map(({ name, at }) => [name, at]),
      groups.map(({ length }) => length),
    ]),
  )
  yield* groups
  yield identity
  for (const { id } of blocked) yield id
  for (const { identity: whose, keys, ...about } of contacts) {
    yield utf8(JSON.stringify([whose.length, keys.length, about]))
    yield whose
    for (const { key, myReset, peerReset } of keys) yield* [key, myReset, peerReset]
  }
}
