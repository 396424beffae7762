/** A contact's page: safety number, session card, verification, blocking; its name here, and quiet. */
import type { BlockedContact, ContactDetails } from '#shared/contract/contactModels.ts'
import type { Conversation } from '#shared/contract/conversationModels.ts'
import { CairnError } from '#shared/errors.ts'
import { isNick } from '../protocol/identity.ts'
import { safetyNumber } from '../protocol/safetyNumber.ts'
import { compareVerifyCode, encodeVerifyCode, parseVerifyCode } from '../protocol/verifyCode.ts'
import { shownName, type Contact } from '../storage/contactStore.ts'
import { verificationOf, type Conversations } from './conversations.ts'
import type { Core } from './core.ts'
import type { Files } from './files/files.ts'
import type { Health } from './health.ts'
import type { KeyExchanges } from './keyExchanges.ts'
import type { Links } from './links.ts'
import type { Outbox } from './outbox.ts'
import type { ResetAllService } from './resetAll.ts'
import type { Resets } from './resets.ts'
import type { Sessions } from './sessions.ts'

interface ContactsParts {
  conversations: Conversations
  exchanges: KeyExchanges
  files: Files
  health: Health
  links: Links
  outbox: Outbox
  resets: Resets
  resetAll: ResetAllService
  sessions: Sessions
  /** The backup is another now. */
  touch(): void
}

const hour = 3600_000
export const always = Number.MAX_SAFE_INTEGER
/** Timers reach no further than 24 days; this is looked at again long before. */
const longestTimer = 24 * hour

export type MuteTime = 'hour' | 'eight-hours' | 'always' | 'off'

export function createContacts(core: Core, parts: ContactsParts) {
  const { stores } = core
  const { conversations, exchanges, files, health, links, outbox, resets, resetAll, sessions, touch } = parts
  const unmutes = new Map<number, () => void>()

  function details(id: string): ContactDetails {
    const contact = conversations.personById(id)
    const live = sessions.top(contact.no)
    return {
      ...{ id, name: shownName(contact), ownName: contact.name, since: contact.created, blocked: contact.blocked_at !== null },
      ...{ verified: verificationOf(contact), verifiedAt: contact.verified_at },
      introducedBy: contact.introduced_by === null ? null : stores.items.writer(contact.no, contact.introduced_by).name,
      groups: stores.groups.shared(contact.id),
      safetyNumber: safetyNumber(core.ports.primitives, core.identity().id, id),
      verifyCode: encodeVerifyCode(core.identity().id, id),
      session: {
        state: contact.trouble ?? (live ? 'working' : 'none'),
        since: live?.confirmed_at ?? null,
        sent: live?.sent ?? 0,
        received: live?.received ?? 0,
        keysRenewed: live?.state.steps ?? 0,
        history: stores.sessions.events(contact.no),
      },
      technical: {
        ...{ fingerprint: id, sessionId: live?.id ?? null, epoch: live?.epoch ?? null, relays: contact.relays },
        outbox: stores.outbox.count(contact.no),
        refused: stores.profile.refusals(contact.no),
      },
    }
  }

  /** Errors: `contact.unknown`, and `contact.self` for what nobody does with oneself. */
  function other(id: string): Contact {
    const contact = conversations.personById(id)
    if (conversations.isSelf(contact)) throw new CairnError('contact.self')
    return contact
  }

  function verify(id: string, verified: boolean): ContactDetails {
    const contact = other(id)
    if (verified !== (contact.verified_at !== null) || contact.mismatch_at !== null) {
      core.commit(() => {
        stores.contacts.update(contact.no, { verified_at: verified ? core.now() : null, mismatch_at: null })
        conversations.systemLine(contact, { event: verified ? 'verified' : 'unverified', by: 'you' })
        conversations.changed(contact.no)
        touch()
      })
    }
    return details(id)
  }

  /** Errors: `verify.other-code`, `verify.newer-version`, `verify.own`, `verify.other-contact`; they change nothing. */
  function compare(id: string, text: string): ContactDetails {
    const contact = other(id)
    const code = parseVerifyCode(text)
    const result = compareVerifyCode(code, core.identity().id, id)
    if (result === 'own') throw new CairnError('verify.own')
    if (result === 'match') return verify(id, true)
    const third = code.own === id ? null : stores.contacts.byId(code.own)
    if (third) throw new CairnError('verify.other-contact', { details: { name: shownName(third) } })
    core.commit(() => {
      stores.contacts.update(contact.no, { verified_at: null, mismatch_at: core.now() })
      conversations.systemLine(contact, { event: 'mismatch', by: 'you' })
      conversations.changed(contact.no)
      touch()
    })
    return details(id)
  }

  /** Nothing of a blocked contact is read, and nothing goes there; what waits at the relay stays until it expires. */
  function block(id: string, blocked: boolean): ContactDetails {
    const contact = other(id)
    core.commit(() => {
      if (blocked) {
        stores.outbox.withdrawUnsent(contact.no)
        files.stopAll(contact.no)
      }
      stores.contacts.update(contact.no, { blocked_at: blocked ? (contact.blocked_at ?? core.now()) : null })
      conversations.changed(contact.no)
      core.later(() => refresh(contact))
      touch()
      if (blocked) core.later(() => resetAll.leave(contact.no))
    })
    return details(id)
  }

  function refresh({ no }: Contact): void {
    const contact = stores.contacts.byNo(no)
    if (!contact) return
    sessions.watchContact(no)
    resets.serve(contact)
    exchanges.listen(contact)
    if (contact.blocked_at !== null) return
    if (contact.state === 'open') contact.relays.forEach((relay) => links.get(relay))
    // restored while it was blocked: nobody has asked for a session yet
    if (contact.state === 'open' && sessions.top(no) === null && stores.contacts.keys(no).length > 0) resets.broken(no, 'damaged')
    resets.automatically(no)
    health.checkAll()
    outbox.flush(no)
  }

  /** Errors: `input.invalid` for what no name can be. */
  function rename(id: string, label: string): Conversation {
    const contact = other(id)
    if (label !== '' && !isNick(label)) throw new CairnError('input.invalid', { details: { path: 'label' } })
    core.commit(() => {
      stores.contacts.update(contact.no, { label: label === contact.name ? '' : label })
      conversations.changed(contact.no)
      touch()
    })
    return conversations.model(conversations.byId(id))
  }

  function mute(id: string, time: MuteTime): Conversation {
    const contact = conversations.byId(id)
    const until = { hour: core.now() + hour, 'eight-hours': core.now() + 8 * hour, always, off: null }[time]
    core.commit(() => {
      stores.contacts.update(contact.no, { muted_until: until })
      conversations.changed(contact.no)
      core.later(() => unmuteLater(contact.no))
    })
    return conversations.model(conversations.byId(id))
  }

  function unmuteLater(contactNo: number): void {
    unmutes.get(contactNo)?.()
    unmutes.delete(contactNo)
    const until = stores.contacts.byNo(contactNo)?.muted_until ?? null
    if (until === null || until === always) return
    if (until > core.now()) {
      const cancel = core.after(Math.min(longestTimer, until - core.now()), () => unmuteLater(contactNo))
      return void unmutes.set(contactNo, cancel)
    }
    core.commit(() => {
      stores.contacts.update(contactNo, { muted_until: null })
      conversations.changed(contactNo)
    })
  }

  /** Both those who still have a conversation and those who were deleted. */
  function blocked(): BlockedContact[] {
    const here = stores.contacts
      .all()
      .flatMap((contact) =>
        contact.blocked_at === null ? [] : [{ id: contact.id, name: shownName(contact), at: contact.blocked_at, deleted: false }],
      )
    const gone = stores.contacts.blocked().map((row) => ({ ...row, deleted: true }))
    return [...here, ...gone].toSorted((a, b) => b.at - a.at)
  }

  function unblock(id: string): BlockedContact[] {
    if (!stores.contacts.isBlocked(id)) throw new CairnError('contact.unknown')
    core.commit(() => {
      stores.contacts.dropBlocked(id)
      touch()
    })
    core.scrub()
    if (stores.contacts.byId(id)) block(id, false)
    return blocked()
  }

  return {
    details,
    verify,
    compare,
    block,
    rename,
    mute,
    blocked,
    unblock,
    resume: () => stores.contacts.all().forEach(({ no }) => unmuteLater(no)),
  }
}
