/** `relay admin …`: what an operator does to users, accounts and devices while the relay is stopped. */
import { existsSync } from 'node:fs'
import { normalCode } from '#shared/wire/userCode.ts'
import { quota } from './adminQuota.ts'
import { SettingError } from './settings.ts'
import { checkCopy, type AccountDatabase } from './storage/accounts.ts'
import { createAccountStore } from './storage/accountStore.ts'
import { createAdminStore } from './storage/adminStore.ts'
import { createDirectoryStore } from './storage/directoryStore.ts'
import { createKeyStore } from './storage/keyStore.ts'
import { createUserStore, type User } from './storage/userStore.ts'

/** What each wants named; in brackets: or nothing. */
export const adminActions = {
  list: null,
  invite: null,
  revoke: 'CODE',
  'revoke-device': 'CLIENT_ID',
  purge: 'CODE',
  quota: '[device CLIENT_ID | user CODE  FACTOR | off | default]',
  compact: null,
  backup: 'FILE',
} as const

export type AdminAction = keyof typeof adminActions
export const isAdminAction = (word: string): word is AdminAction => Object.hasOwn(adminActions, word)

/** Lines for the operator. @throws SettingError in words, for what is not there; then nothing has changed */
export async function administer(
  db: AccountDatabase,
  action: Exclude<AdminAction, 'invite'>,
  target: string,
  now: number,
): Promise<string[]> {
  switch (action) {
    case 'list':
      return list(db)
    case 'revoke':
      return revoke(db, userOf(db, target))
    case 'revoke-device':
      return revokeDevice(db, target)
    case 'purge':
      return purge(db, userOf(db, target), now)
    case 'quota':
      return quota(db, target)
    case 'compact':
      db.compact()
      return ['compacted']
    case 'backup':
      return backUp(db, target)
  }
}

function userOf(db: AccountDatabase, code: string): User {
  const user = createUserStore(db).byCode(normalCode(code))
  if (user === null) throw new SettingError(`nobody has the code ${code}`)
  return user
}

const day = (at: number | null): string => (at === null ? 'never' : new Date(at).toISOString().slice(0, 10))

function list(db: AccountDatabase): string[] {
  const store = createAdminStore(db)
  const [users, devices] = [store.users(), store.devices()]
  const bytes = users.reduce((sum, { backup }) => sum + (backup ?? 0), 0)
  return [
    `${users.length} users, ${users.filter(({ account }) => account !== null).length} with an account, backups of ${bytes} bytes`,
    ...users.map(({ code, name, created_at, account, backup, waiting }) =>
      [
        ...[`  ${code}`, `since ${day(created_at)}`, account === null ? 'no account' : `account ${account}`],
        ...[backup === null ? 'no backup' : `backup ${backup} bytes`, `${waiting} waiting`, name ?? ''],
      ]
        .join('  ')
        .trimEnd(),
    ),
    `${devices.length} devices`,
    ...devices.map(({ client_id, registered_at, last_seen }) => `  ${client_id}  since ${day(registered_at)}  seen ${day(last_seen)}`),
  ]
}

function revoke(db: AccountDatabase, user: User): string[] {
  const ended = db.transaction(() => createAdminStore(db).endSessions(user.id))
  return [`${user.code}: ${ended} sessions ended; signing in again takes the password`]
}

function revokeDevice(db: AccountDatabase, clientId: string): string[] {
  if (!db.transaction(() => createAdminStore(db).dropDevice(clientId))) throw new SettingError(`no device is called ${clientId}`)
  return [`${clientId}: revoked; the name can be registered again`]
}

/** All that belongs to the user here; the code is never given out again. */
function purge(db: AccountDatabase, user: User, now: number): string[] {
  db.transaction(() => {
    const accounts = createAccountStore(db)
    const account = accounts.byDirectoryUser(user.id)
    if (account !== null) {
      createKeyStore(db).remove(account.userID)
      accounts.remove(account.id)
    }
    createDirectoryStore(db).forget(user.id)
    createUserStore(db).remove(user.id, now)
  })
  return [`${user.code}: purged`]
}

async function backUp(db: AccountDatabase, path: string): Promise<string[]> {
  if (existsSync(path)) throw new SettingError(`${path} is there already`)
  await db.backup(path)
  checkCopy(path)
  return [`backed up to ${path}, and read again; keep the master key with it, but not beside it`]
}
