/** Deleting a contact: nothing of it stays in the keystore but, where the person wants that, what is needed to refuse it. */
import { CairnError } from '#shared/errors.ts'
import { shownName, type Contact } from '../storage/contactStore.ts'
import type { InviteRow } from '../storage/exchangeStore.ts'
import type { Conversations } from './conversations.ts'
import type { Core } from './core.ts'
import type { Files } from './files/files.ts'
import type { Health } from './health.ts'
import type { Introductions } from './introductions/introductions.ts'
import type { Invites } from './invites.ts'
import type { KeyExchanges } from './keyExchanges.ts'
import type { ResetAllService } from './resetAll.ts'
import type { RequestsService } from './requests.ts'
import type { Resets } from './resets.ts'
import type { Sessions } from './sessions.ts'

export interface RemovalParts {
  conversations: Conversations
  exchanges: KeyExchanges
  files: Files
  health: Health
  introductions: Introductions
  invites: Invites
  requests: RequestsService
  resets: Resets
  resetAll: ResetAllService
  sessions: Sessions
  /** Closes connections nobody needs. */
  retain(): void
  /** The backup is another now. */
  touch(): void
}

export function createRemoval(core: Core, parts: RemovalParts) {
  const { stores } = core
  const { conversations, exchanges, files, health, introductions, invites, requests, resets, resetAll, sessions, retain, touch } = parts

  function remove(id: string, block: boolean): void {
    const contact = conversations.personById(id)
    if (block && conversations.isSelf(contact)) throw new CairnError('contact.self')
    core.commit(() => {
      if (block) stores.contacts.keepBlocked({ id, name: shownName(contact), at: contact.blocked_at ?? core.now() })
      resetAll.leave(contact.no)
      stores.exchanges.ofContact(contact.no).forEach(exchanges.drop)
      for (const invite of stores.exchanges.invitesOf(contact.no)) dropInvite(invite)
      requests.forget(id)
      introductions.forget(id)
      sessions.ofContact(contact.no).forEach(sessions.destroy)
      stores.outbox.dropClosings(contact.no)
      stores.profile.dropRefusals(contact.no)
      stores.items.forgetWords(contact.no)
      files.wipeAll(contact.no)
      files.takeAllFrom(contact.id)
      stores.contacts.remove(contact.no)
      core.emit({ type: 'conversationRemoved', id })
      core.later(() => forget(contact))
      core.scrub()
      touch()
    })
  }

  function forget(contact: Contact): void {
    resets.forget(contact.no)
    health.heard(contact.no)
    retain()
  }

  /** What this contact alone was invited with. Where somebody else has answered as well, the invite is theirs from now on. */
  function dropInvite(row: InviteRow): void {
    if (row.kind === 'reset') return resets.withdraw(row)
    if (row.kind === 'many') return stores.exchanges.updateInvite(row.id, { contact: null }) // the address goes on for others
    if (row.state !== 'open') return invites.forget(row)
    const [other] = stores.exchanges.ofInvite(row.id)
    stores.exchanges.updateInvite(row.id, { contact: other?.contact ?? null, label: '' })
    if (!other) invites.cancel(row.id)
  }

  return { remove }
}
