/** What follows when both sides of a key exchange hold its session. */
import type { Contact } from '../storage/contactStore.ts'
import type { ExchangeRow } from '../storage/exchangeStore.ts'
import type { Conversations } from './conversations.ts'
import type { Core } from './core.ts'
import type { Offer } from './exchangeRecords.ts'
import type { Groups } from './groups/groups.ts'
import type { Health } from './health.ts'
import type { Introductions } from './introductions/introductions.ts'
import type { Invites } from './invites.ts'
import type { KeyExchanges } from './keyExchanges.ts'
import type { Messages } from './messages/messages.ts'
import type { Outbox } from './outbox.ts'
import type { ResetAllService } from './resetAll.ts'
import type { Resets } from './resets.ts'
import type { Series } from './series.ts'
import type { Live, Sessions } from './sessions.ts'
import type { Sync } from './sync.ts'
import type { Telling } from './telling.ts'

export interface ConfirmationParts {
  conversations: Conversations
  exchanges: KeyExchanges
  groups: Groups
  health: Health
  introductions: Introductions
  invites: Invites
  messages: Messages
  outbox: Outbox
  resetAll: ResetAllService
  resets: Resets
  series: Series
  sessions: Sessions
  sync: Sync
  telling: Telling
  /** Something that a backup holds is another now. */
  touch(): void
}

export function createConfirmation(core: Core, parts: ConfirmationParts) {
  const { stores } = core
  const { conversations, exchanges, groups, health, introductions, invites, messages } = parts
  const { outbox, resetAll, resets, series, sessions, sync, telling, touch } = parts

  /** A session is confirmed (in that transaction): the contact becomes what the exchange said, and everything waiting goes out. */
  function onConfirmed(live: Live, contact: Contact, offer: Offer, exchange: ExchangeRow | null): void {
    const first = live.kind === 'first'
    const name = exchanges.identityOf({ ...contact, public: offer.public }).nick
    const trouble = { trouble: null, trouble_since: null, trouble_by: null }
    const newest = first || (sessions.top(contact.no) === live && (exchange?.invited_at ?? 0) > contact.profile_at)
    const about = newest ? { public: offer.public, name, relays: offer.relays } : {}
    stores.contacts.update(contact.no, { state: 'open', ...about, heard_at: core.now(), ...trouble })
    if (first)
      stores.contacts.addKey(contact.no, { key: offer.contactKey, my_reset: offer.myReset, peer_reset: offer.peerReset }, core.now())
    stores.sessions.addEvent(contact.no, { kind: first ? 'connected' : 'reset', by: live.by, at: core.now(), recovered: 0 })
    if (first) conversations.connectedLine(contact, live.by, introductions.introducer(contact, exchange))
    else conversations.resetLine(contact, live.by, Math.min(exchange?.created ?? core.now(), exchange?.invited_at ?? core.now()))
    if (exchange?.invite) closeInvite(exchange.invite)
    resetAll.confirmed(contact.no)
    if (exchange && telling.toldAt() > saidAt(exchange)) telling.one(contact.no)
    if (sessions.top(contact.no) === live) switchTo(live, contact.no)
    introductions.connected(contact)
    groups.connected(contact)
    messages.connected(contact)
    core.later(() => resets.serve(stores.contacts.byNo(contact.no) ?? contact))
    core.later(() => conversations.changed(contact.no))
    touch()
  }

  /** When the exchange named our relays and our name. */
  const saidAt = (exchange: ExchangeRow) => (exchange.role === 'inviter' ? exchange.invited_at : exchange.created)

  function closeInvite(id: string): void {
    const row = stores.exchanges.invite(id)
    if (row?.kind === 'one') invites.close(row, 'used')
    if (row?.kind === 'reset') {
      for (const other of stores.exchanges.ofInvite(id)) exchanges.abandon(other)
      stores.outbox.dropPublicationsOf(id)
      stores.exchanges.removeInvite(id)
      core.later(() => series.stop(id))
    }
  }

  function switchTo(live: Live, contactNo: number): void {
    stores.outbox.requeueOthers(contactNo, live.id)
    sync.sendConfirm(live, contactNo)
    outbox.flushAtEnd(contactNo)
    core.later(() => {
      sessions.watchContact(contactNo)
      if (live.kind === 'reset') health.ping(contactNo)
    })
  }

  return onConfirmed
}
