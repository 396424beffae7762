/** Whoever wants to be introduced: asks, or is offered somebody, and accepts the invite that comes of it. */
import { CairnError } from '#shared/errors.ts'
import { limits } from '#shared/contract/limits.ts'
import { hex, unhex } from '../../protocol/bytes.ts'
import { decodePublicIdentity } from '../../protocol/identity.ts'
import { openIntroduction } from '../../protocol/introduction.ts'
import { armorInvite } from '../../protocol/inviteText.ts'
import type { Contact } from '../../storage/contactStore.ts'
import type { IntroductionRow } from '../../storage/introductionStore.ts'
import type { Core } from '../core.ts'
import { isPending, type Arrived, type IntroductionsParts, type Parts } from './parts.ts'

export function createAsker(core: Core, { foreignInvites }: IntroductionsParts, parts: Parts) {
  const { introductions, contacts } = core.stores

  const own = (): IntroductionRow[] => introductions.pending().filter(({ role }) => role === 'asker')

  /** Errors: those of `wanted`, `contact.self`, `contact.blocked`, `introduction.known`, `introduction.too-many`. */
  function ask(viaId: string, person: string): void {
    const via = parts.wanted(viaId)
    if (person === core.identity().id) throw new CairnError('contact.self')
    if (contacts.isBlocked(person)) throw new CairnError('contact.blocked')
    if (person === viaId || parts.isConnected(person)) throw new CairnError('introduction.known')
    if (own().filter(({ auto }) => !auto).length >= limits.introductions) throw new CairnError('introduction.too-many')
    if (own().some((row) => row.via === viaId && row.target === person && row.state !== 'offered')) return // asked already
    const known = contacts.byId(person)
    core.commit(() => send(via, person, known?.kind === 'person' && known.state === 'open' ? 'reset' : 'ask'))
  }

  /** In the caller's transaction. */
  function send(via: Contact, person: string, reason: 'ask' | 'reset' | 'group', group: string | null = null, auto = false): void {
    const row = parts.add({ id: parts.newId(), role: 'asker', reason, state: 'asked', via: via.id, target: person, group, auto })
    say(via, row)
  }

  function say(via: Contact, row: IntroductionRow): void {
    const person = unhex(row.target ?? '')
    parts.send(via, 'introduce.ask', row.id, { person, reason: row.reason, ...parts.optionalGroup(row.group) })
  }

  function onOffer(via: Contact, message: Arrived<'introduce.offer'>): void {
    const { id, nick } = decodePublicIdentity(core.ports.primitives, message.person)
    const introduction = hex(message.introduction)
    if (introductions.get(introduction, 'asker')) return parts.refuse(via, 'repeated')
    if (id === core.identity().id || id === via.id) return parts.refuse(via, 'wrong-person')
    if (contacts.isBlocked(id)) return parts.refuse(via, 'blocked-person')
    const crowded = parts.crowded(via, true)
    if (crowded !== null) return parts.refuse(via, crowded)
    if (parts.isConnected(id)) return parts.send(via, 'introduce.answer', introduction) // without saying whether they know each other
    const wants = own().some((row) => row.target === id && row.state === 'asked')
    const row = parts.add({ id: introduction, role: 'asker', reason: 'offer', state: 'offered', via: via.id, target: id, name: nick })
    if (wants) accept(row)
  }

  function accept(row: IntroductionRow): void {
    const via = parts.heard(row.via)
    if (!via) throw new CairnError('session.none')
    parts.settle(row, 'asked')
    say(via, row)
  }

  function decline(row: IntroductionRow): void {
    parts.settle(row, 'refused')
    parts.sendNo(row.via, row.id)
  }

  function onAnswer(via: Contact, row: IntroductionRow, sealed: Uint8Array | undefined): void {
    if (row.via !== via.id) return parts.refuse(via, 'stranger')
    if (!isPending(row) || row.state === 'answered') return parts.refuse(via, 'repeated')
    if (sealed === undefined) return parts.settle(row, row.state === 'offered' ? 'cancelled' : 'refused')
    if (row.state !== 'asked') return parts.refuse(via, 'not-asked')
    try {
      take(via, row, sealed)
    } catch (error) {
      if (!(error instanceof CairnError) || error.family === 'Storage') throw error
      parts.refuse(via, String(error.details['why'] ?? error.code))
    }
  }

  /** Another way to the same person may have been quicker: then this one ends with that one. */
  function take(via: Contact, row: IntroductionRow, sealed: Uint8Array): void {
    const { primitives } = core.ports
    const invite = openIntroduction(core.context(), core.identity(), { introduction: row.id, target: row.target ?? '' }, sealed)
    if (own().some((other) => other.target === row.target && other.state === 'answered')) return parts.settle(row, 'cancelled')
    const contact = foreignInvites.acceptNow(armorInvite(primitives, invite.bytes))
    if (contact.state === 'connecting')
      contacts.update(contact.no, { introduced_by: via.id, quiet: row.reason === 'group' ? 1 : contact.quiet })
    parts.settle(row, 'answered', { expires: invite.expires, invite_hash: primitives.sha256(invite.bytes) })
  }

  return {
    ...{ ask, send, onOffer, onAnswer, accept, decline },
    cancel(row: IntroductionRow): void {
      parts.settle(row, 'cancelled')
      parts.sendNo(row.via, row.id)
    },
    /** In the transaction that connects them, by whatever way. */
    connected(row: IntroductionRow): void {
      parts.settle(row, 'done')
      if (row.state !== 'answered') parts.sendNo(row.via, row.id)
    },
  }
}
