/** A contact's page: safety number, session card, verification, blocking. */
import type { ContactDetails } from '#shared/contract/models.ts'
import { CairnError } from '#shared/errors.ts'
import { safetyNumber } from '../protocol/safetyNumber.ts'
import { compareVerifyCode, encodeVerifyCode, parseVerifyCode } from '../protocol/verifyCode.ts'
import type { Contact } from '../storage/contactStore.ts'
import { verificationOf, type Conversations } from './conversations.ts'
import type { Core } from './core.ts'
import type { Health } from './health.ts'
import type { KeyExchanges } from './keyExchanges.ts'
import type { Links } from './links.ts'
import type { Outbox } from './outbox.ts'
import type { Resets } from './resets.ts'
import type { Sessions } from './sessions.ts'

interface ContactsParts {
  conversations: Conversations
  exchanges: KeyExchanges
  health: Health
  links: Links
  outbox: Outbox
  resets: Resets
  sessions: Sessions
}

export function createContacts(core: Core, parts: ContactsParts) {
  const { stores } = core
  const { conversations, exchanges, health, links, outbox, resets, sessions } = parts

  function details(id: string): ContactDetails {
    const contact = conversations.byId(id)
    const live = sessions.top(contact.no)
    return {
      ...{ id, name: contact.name, since: contact.created, blocked: contact.blocked_at !== null },
      ...{ verified: verificationOf(contact), verifiedAt: contact.verified_at },
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

  function verify(id: string, verified: boolean): ContactDetails {
    const contact = conversations.byId(id)
    if (verified !== (contact.verified_at !== null) || contact.mismatch_at !== null) {
      core.commit(() => {
        stores.contacts.update(contact.no, { verified_at: verified ? core.now() : null, mismatch_at: null })
        conversations.systemLine(contact, { event: verified ? 'verified' : 'unverified', by: 'you' })
        conversations.changed(contact.no)
      })
    }
    return details(id)
  }

  /** Errors: `verify.other-code`, `verify.newer-version`, `verify.own`, `verify.other-contact`; they change nothing. */
  function compare(id: string, text: string): ContactDetails {
    const contact = conversations.byId(id)
    const code = parseVerifyCode(text)
    const result = compareVerifyCode(code, core.identity().id, id)
    if (result === 'own') throw new CairnError('verify.own')
    if (result === 'match') return verify(id, true)
    const other = code.own === id ? null : stores.contacts.byId(code.own)
    if (other) throw new CairnError('verify.other-contact', { details: { name: other.name } })
    core.commit(() => {
      stores.contacts.update(contact.no, { verified_at: null, mismatch_at: core.now() })
      conversations.systemLine(contact, { event: 'mismatch', by: 'you' })
      conversations.changed(contact.no)
    })
    return details(id)
  }

  /** Nothing of a blocked contact is read, and nothing goes there; what waits at the relay stays until it expires. */
  function block(id: string, blocked: boolean): ContactDetails {
    const contact = conversations.byId(id)
    core.commit(() => {
      if (blocked) stores.outbox.withdrawUnsent(contact.no)
      stores.contacts.update(contact.no, { blocked_at: blocked ? (contact.blocked_at ?? core.now()) : null })
      conversations.changed(contact.no)
      core.later(() => refresh(contact))
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
    resets.automatically(no)
    health.checkAll()
    outbox.flush(no)
  }

  return { details, verify, compare, block }
}
