/**
 * What arrives on sessions: decrypted, stored and only then acknowledged, in one transaction. A blob that does not open is
 * fetched once more, then kept aside, counted, and asked about (docs/protocol.md section 4).
 */
import { CairnError } from '#shared/errors.ts'
import { closingBlobs, ratchetDecrypt, type Locator, type Received } from '../protocol/doubleRatchet.ts'
import { decodePublicIdentity } from '../protocol/identity.ts'
import { decodeEnvelope, decodeMessage, type Envelope, type Message, type Receipt } from '../protocol/message.ts'
import { deleteKey } from '../protocol/rendezvous.ts'
import type { Contact } from '../storage/contactStore.ts'
import type { Conversations } from './conversations.ts'
import type { Core } from './core.ts'
import { createGaps } from './gaps.ts'
import type { Groups } from './groups/groups.ts'
import type { Health } from './health.ts'
import type { Introductions } from './introductions/introductions.ts'
import type { KeyExchanges } from './keyExchanges.ts'
import type { Links } from './links.ts'
import type { Messages } from './messages/messages.ts'
import type { Outbox } from './outbox.ts'
import type { Publisher } from './publisher.ts'
import type { Receipts } from './receipts.ts'
import type { Live, Sessions } from './sessions.ts'
import type { Sync } from './sync.ts'
import type { Watch } from './watches.ts'

export interface InboxParts {
  links: Links
  publisher: Publisher
  sessions: Sessions
  receipts: Receipts
  exchanges: KeyExchanges
  outbox: Outbox
  health: Health
  conversations: Conversations
  messages: Messages
  sync: Sync
  introductions: Introductions
  groups: Groups
}

/** Whole and authentic, but not understood. */
interface Foreign {
  error: CairnError
  envelope: Envelope | null
  body: Uint8Array
}

type Of<T extends Message['t']> = Extract<Message, { t: T }>

export type Inbox = ReturnType<typeof createInbox>

export function createInbox(core: Core, parts: InboxParts) {
  const { stores } = core
  const { links, publisher, sessions, receipts, exchanges, outbox, health, conversations, messages, sync, introductions, groups } = parts
  /** Places fetched a second time already. */
  const refetched = new Set<string>()
  const gaps = createGaps(core, outbox)

  function onBlob(watch: Watch, rv: string, blob: Uint8Array): void {
    const live = sessions.get(watch.owner)
    const locator = live && sessions.locate(live, watch)
    if (!live || !locator) return
    const result = decrypt(live, locator, blob)
    if (result === null) return undecryptable(live, watch, rv, blob)
    refetched.delete(`${watch.relay} ${rv}`)
    const message = understand(result.plaintext)
    core.commit(() => {
      sessions.received(live, locator, result, 't' in message && (message.t === 'text' || message.t === 'attachment'))
      publisher.acknowledge(watch.hk, watch.n, (relay) => deleteKey(core.ports.primitives, { hk: watch.hk, n: watch.n, relay }))
      stores.contacts.update(live.contact, { heard_at: core.now() })
      const late = live.confirmed_at === null
      if (late) exchanges.confirm(live)
      handle(live, message)
      settleRank(live, late)
    })
  }

  function decrypt(live: Live, locator: Locator, blob: Uint8Array): Received | null {
    try {
      return ratchetDecrypt(core.ports.primitives, live.state, locator, blob)
    } catch (error) {
      if (error instanceof CairnError) return null
      throw error
    }
  }

  /** The peer sends on this session: lower ones are history. One that is lower itself and confirmed only now is dropped. */
  function settleRank(live: Live, justConfirmed: boolean): void {
    for (const lower of sessions.destroyLower(live)) close(lower)
    if (!justConfirmed || sessions.top(live.contact) === live) return
    sessions.destroy(live)
    close(live)
  }

  /** The peer sends above this session, so its next places there stay empty; an older copy of the peer is to find them taken. */
  function close(left: Live): void {
    const { random, primitives } = core.ports
    for (const { headerKey, n, blob } of closingBlobs(core.context(), left.state)) {
      for (const relay of links.listening()) {
        const delete_hash = primitives.sha256(random(32))
        stores.outbox.publish({
          kind: 'chain',
          owner: left.id,
          message: null,
          contact: left.contact,
          relay,
          hk: headerKey,
          n,
          delete_hash,
          blob,
        })
        core.later(() => publisher.pump(relay))
      }
    }
  }

  function undecryptable(live: Live, watch: Watch, rv: string, blob: Uint8Array): void {
    if (sessions.isAside(live, watch, blob)) return
    const place = `${watch.relay} ${rv}`
    if (!refetched.has(place)) {
      refetched.add(place)
      return links.get(watch.relay).refetch(rv)
    }
    refetched.delete(place)
    core.commit(() => {
      stores.profile.quarantine(live.contact, watch.relay, rv, blob, core.now())
      stores.profile.countRefusal(live.contact, 'message.undecryptable')
      core.later(() => sessions.setAside(live, watch, blob))
      core.later(() => health.ping(live.contact))
    })
  }

  function understand(plaintext: Uint8Array): Message | Foreign {
    try {
      return decodeMessage(plaintext)
    } catch (error) {
      if (error instanceof CairnError) return { error, envelope: decodeEnvelope(plaintext), body: plaintext }
      throw error
    }
  }

  function handle(live: Live, message: Message | Foreign): void {
    const contact = stores.contacts.byNo(live.contact)
    if (!contact) return
    try {
      if ('t' in message) dispatch(live, contact, message)
      else foreign(contact, message)
    } catch (error) {
      // from the peer, whole and authentic, but not understood: counted, never a reason to stop
      if (!(error instanceof CairnError) || error.family === 'Storage') throw error
      stores.profile.countRefusal(contact.no, `message.${error.code}`)
    }
  }

  function dispatch(live: Live, contact: Contact, message: Message): void {
    if ('receipts' in message && message.receipts) {
      receipted(contact, message.receipts)
      sync.receipted(live, contact, message.receipts)
    }
    if ('seq' in message) receipts.arrived(contact, message.stream, message.seq)
    if (message.t === 'session.confirm') sync.onConfirm(live, contact, message)
    else heed(contact, message)
  }

  /** What it says, whichever session it came on. */
  function heed(contact: Contact, message: Exclude<Message, { t: 'session.confirm' }>): void {
    switch (message.t) {
      case 'text':
      case 'attachment':
      case 'reaction':
      case 'edit':
      case 'delete':
        return messages.arrived(contact, message)
      case 'timer':
        return messages.disappearing.chosen(contact, message)
      case 'void':
        return stores.streams.skip(contact.no, message.stream, message.from, Math.min(message.upTo, message.seq - 1))
      case 'typing':
        return messages.typing.arrived(contact, message)
      case 'history':
        return messages.comingBack.recalled(contact, message)
      case 'file.here':
        return messages.comingBack.declined(contact, message)
      case 'profile':
        return profile(contact, message)
      case 'ping':
        return health.answerPing(contact, message.id)
      case 'pong':
        return health.onPong(contact.no, message.id)
      case 'receipt':
        return
      case 'introduce.offer':
      case 'introduce.ask':
      case 'introduce.request':
      case 'introduce.answer':
        return introductions.arrived(contact, message)
      case 'group.invite':
      case 'group.answer':
      case 'group.leave':
      case 'group.changes':
      case 'group.head':
      case 'group.fetch':
      case 'group.keys':
      case 'group.person':
      case 'group.pass':
      case 'group.passed':
        return groups.arrived(contact, message)
    }
  }

  /** Receipted like any other, or its sender would stall; kept for a version that can read it. */
  function foreign(contact: Contact, { error, envelope, body }: Foreign): void {
    stores.profile.countRefusal(contact.no, `message.${error.code}`)
    if (!envelope) return
    if (envelope.receipts) receipted(contact, envelope.receipts)
    receipts.arrived(contact, envelope.stream, envelope.seq)
    if (error.code === 'codec.newer-version') conversations.foreign(contact, envelope.id, body)
  }

  /** The outbox is shorter, which may let more go out; what the receipts leave out may be lost. */
  function receipted(contact: Contact, named: readonly Receipt[]): void {
    messages.texts.delivered(contact, receipts.apply(contact.no, named))
    messages.texts.read(contact, named)
    gaps.close(contact, named)
    health.heard(contact.no)
    outbox.flushAtEnd(contact.no)
    core.later(() => health.review(contact.no, core.now() - reviewAfter))
  }

  /** A new name or new relays. The keys are the identity: they never change. */
  function profile(contact: Contact, message: Of<'profile'>): void {
    const identity = decodePublicIdentity(core.ports.primitives, message.identity)
    if (identity.id !== contact.id) throw new CairnError('session.refused')
    if (message.at <= contact.profile_at) return // an older one, sent again
    stores.contacts.update(contact.no, { public: identity.bytes, name: identity.nick, relays: message.relays, profile_at: message.at })
    core.later(() => outbox.redirect(contact.no, message.relays))
    if (identity.nick !== contact.name) conversations.systemLine(contact, { event: 'renamed', by: 'them', text: contact.name })
    core.later(() => conversations.changed(contact.no))
  }

  /** Once after each start: what an older version of this program kept because it could not read it. */
  function readForeign(): void {
    for (const { contact: no, id, body } of stores.items.foreign()) {
      const message = understand(body)
      const contact = stores.contacts.byNo(no)
      if (!('t' in message) || !contact || message.t === 'session.confirm') continue
      core.commit(() => {
        stores.items.dropForeign(no, id)
        core.guard('inbox.foreign-refused', () => heed(contact, message))
      })
    }
  }

  return { onBlob, readForeign }
}

/** What a receipt leaves out although it was sent this long before is looked after. */
const reviewAfter = 10_000
