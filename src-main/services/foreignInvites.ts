/** Invites of others: looked at before anything is sent, fetched, and accepted. */
import { CairnError } from '#shared/errors.ts'
import type { InvitePreview } from '#shared/contract/inviteModels.ts'
import { periodOf, periodSeed } from '../protocol/address.ts'
import { isCancelNotice } from '../protocol/cancelNotice.ts'
import { decodeInvite, type Invite } from '../protocol/invite.ts'
import { armorInvite, parseInviteText } from '../protocol/inviteText.ts'
import { openShortInvite, shortInviteKeys } from '../protocol/shortInvite.ts'
import type { Contact } from '../storage/contactStore.ts'
import type { Core } from './core.ts'
import type { KeyExchanges } from './keyExchanges.ts'
import type { Found, Reader } from './reader.ts'

export type ForeignInvites = ReturnType<typeof createForeignInvites>

export function createForeignInvites(core: Core, { reader, exchanges }: { reader: Reader; exchanges: KeyExchanges }) {
  const { stores } = core
  const { primitives } = core.ports

  /** Refused by name before anything is sent. */
  function check(invite: Invite): Contact | null {
    const contact = stores.contacts.byId(invite.identity.id)
    if (invite.identity.id === core.identity().id) throw new CairnError('invite.own')
    if (invite.expires <= core.now()) throw new CairnError('invite.expired')
    if (invite.for !== undefined && invite.for !== core.identity().id) throw new CairnError('invite.for-somebody-else')
    if (stores.contacts.isBlocked(invite.identity.id)) throw new CairnError('invite.blocked')
    if (exchanges.underWay(primitives.sha256(invite.bytes))) throw new CairnError('invite.already-connecting')
    return contact
  }

  function preview(bytes: Uint8Array): InvitePreview {
    const invite = decodeInvite(primitives, bytes)
    const contact = check(invite)
    const { id, nick } = invite.identity
    const sameName = stores.contacts
      .all()
      .some((other) => other.id !== id && other.state === 'open' && [other.name, other.label].includes(nick))
    const relation = contact?.state === 'open' ? 'known' : sameName ? 'same-name-other-keys' : 'new'
    const { relays, expires, uses } = invite
    return { kind: 'full', text: armorInvite(primitives, bytes), id, name: nick, relays, expires, uses, relation }
  }

  function inspect(text: string): InvitePreview {
    const parsed = parseInviteText(primitives, text)
    return parsed.kind === 'short' ? { kind: 'short', relay: parsed.relay } : preview(parsed.bytes)
  }

  /** Errors: `relay.unreachable`, `invite.not-found`, `invite.used` (taken back), and those of `inspect`. */
  async function fetch(text: string): Promise<InvitePreview> {
    const parsed = parseInviteText(primitives, text)
    if (parsed.kind === 'armored') return preview(parsed.bytes)
    const { seed } = shortInviteKeys(primitives, parsed.K)
    const first = await reader.read(parsed.relay, seed)
    const found = openFirst(parsed.K, first)
    if (found) return preview(found)
    const now = periodOf(core.now())
    // an address lies where the week says; the owner's clock, or a relay that was away, may be a week behind or ahead
    for (const period of [now, now - 1, now + 1]) {
      const bytes = openFirst(parsed.K, await reader.read(parsed.relay, periodSeed(primitives, seed, period)))
      if (bytes) return preview(bytes)
    }
    if (first.some(({ blob }) => blob)) throw new CairnError('invite.damaged')
    throw new CairnError(first.some(({ status }) => status === 'consumed') ? 'invite.used' : 'invite.not-found')
  }

  /** The first that opens; somebody else's blob may lie before the right one. */
  function openFirst(K: Uint8Array, found: Found[]): Uint8Array | null {
    for (const { blob } of found) {
      if (!blob) continue
      try {
        return openShortInvite(primitives, K, blob).invite
      } catch (error) {
        if (!(error instanceof CairnError)) throw error
        if (error.code === 'invite.newer-version') throw error
      }
    }
    return null
  }

  function full(text: string): Invite {
    const parsed = parseInviteText(primitives, text)
    if (parsed.kind === 'short') throw new CairnError('invite.damaged')
    return decodeInvite(primitives, parsed.bytes)
  }

  async function accept(text: string): Promise<Contact> {
    const invite = full(text)
    check(invite)
    await refuseAnswered(invite)
    return acceptNow(text) // checked again: the world may have moved on while the relay was asked
  }

  /** Without a word from its relay; may be part of a transaction. Errors: those of `inspect`. */
  function acceptNow(text: string): Contact {
    const invite = full(text)
    check(invite)
    return exchanges.accept(invite, 'first', 'you')
  }

  /**
   * A single-use invite that was answered or cancelled says so at its relay, and an address that was withdrawn. Offline, the answer
   * waits and this is not known.
   */
  async function refuseAnswered(invite: Invite): Promise<void> {
    const relay = invite.relays[0]
    if (relay === undefined) return
    const many = invite.uses === 'many'
    const seed = many ? periodSeed(primitives, invite.initialRV, periodOf(core.now())) : invite.initialRV
    const found = await reader.read(relay, seed).catch((error: unknown) => {
      if (error instanceof CairnError && error.family === 'Transport') return []
      throw error
    })
    if (found.some(({ blob }) => blob && isCancelNotice(primitives, invite, blob))) throw new CairnError('invite.cancelled')
    if (!many && found.some(({ status }) => status !== 'empty')) throw new CairnError('invite.used')
  }

  return { inspect, fetch, accept, acceptNow }
}
