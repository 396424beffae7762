/** Whoever is asked for: agrees, or does not, and makes the invite that only the asker can open. */
import { CairnError } from '#shared/errors.ts'
import { hex, unhex } from '../../protocol/bytes.ts'
import { decodePublicIdentity, type PublicIdentity } from '../../protocol/identity.ts'
import { sealIntroduction } from '../../protocol/introduction.ts'
import type { Contact } from '../../storage/contactStore.ts'
import type { IntroductionRow } from '../../storage/introductionStore.ts'
import type { Core } from '../core.ts'
import { introductionLives, type Arrived, type IntroductionsParts, type Parts } from './parts.ts'

export function createTarget(core: Core, { invites }: IntroductionsParts, parts: Parts) {
  const { introductions, contacts, exchanges } = core.stores

  function onRequest(via: Contact, message: Arrived<'introduce.request'>): void {
    const asker = decodePublicIdentity(core.ports.primitives, message.person)
    const id = hex(message.introduction)
    if (introductions.get(id, 'target')) return parts.refuse(via, 'repeated')
    const agreed = agreesByItself(asker.id, message)
    const why = refusal(via, asker.id, agreed)
    if (why !== null) return parts.refuse(via, why)
    const group = message.group ? hex(message.group) : null
    const about = { role: 'target', reason: message.reason, state: 'requested', via: via.id, asker: asker.id, group } as const
    const row = parts.add({ id, ...about, name: asker.nick, person: asker.bytes })
    if (agreed) agree(via, row, asker)
  }

  /** The one between may have known before that the asker is a member: what waits for the person need not any more. In the caller's transaction. */
  function groupChanged(group: string): void {
    for (const row of introductions.undecidedIn(group))
      if (parts.heard(row.via) && parts.inGroup(unhex(group), row.asker ?? '')) accept(row)
  }

  function refusal(via: Contact, asker: string, agreed: boolean): string | null {
    if (asker === core.identity().id || asker === via.id) return 'wrong-person'
    if (contacts.isBlocked(asker)) return 'blocked-person'
    if (parts.pairCrowded('target', asker, null)) return 'too-many'
    return parts.crowded(via, !agreed)
  }

  /** By what this person knows itself; nothing here rests on the word of the one between. */
  function agreesByItself(asker: string, { reason, group }: Arrived<'introduce.request'>): boolean {
    const known = contacts.byId(asker)
    if (reason === 'group') return parts.inGroup(group, asker)
    if (reason === 'reset' && known?.state === 'open' && known.kind === 'person') return true
    return introductions.pending().some((row) => row.role === 'asker' && row.target === asker && row.state === 'asked') // crossed
  }

  function agree(via: Contact, row: IntroductionRow, asker: PublicIdentity): void {
    const expires = core.now() + introductionLives
    const known = contacts.byId(asker.id)
    const invite = invites.createFor(asker.id, row.id, expires, known?.no ?? null)
    const sealed = sealIntroduction(core.context(), asker, row.id, invite.bytes)
    parts.settle(row, 'answered', { expires, person: null })
    parts.send(via, 'introduce.answer', row.id, { sealed })
  }

  function accept(row: IntroductionRow): void {
    const via = parts.heard(row.via)
    if (!via || !row.person) throw new CairnError('session.none')
    agree(via, row, decodePublicIdentity(core.ports.primitives, row.person))
  }

  /** Where somebody has answered it, the other side may be relying on that: it goes on. */
  function closeInvite(row: IntroductionRow): void {
    const invite = exchanges.inviteFor(row.id)
    if (invite?.state === 'open' && exchanges.ofInvite(invite.id).length === 0) invites.close(invite, 'cancelled')
  }

  /** What it answered cannot be taken back by the one between: the invite may be on its way to the asker already. */
  function onAnswer(via: Contact, row: IntroductionRow, sealed: Uint8Array | undefined): void {
    if (row.via !== via.id) return parts.refuse(via, 'stranger')
    if (sealed !== undefined) return parts.refuse(via, 'wrong-role')
    if (row.state !== 'requested') return parts.refuse(via, 'repeated')
    parts.settle(row, 'cancelled', { person: null })
  }

  return {
    ...{ onRequest, onAnswer, accept, groupChanged },
    decline(row: IntroductionRow): void {
      parts.settle(row, 'refused', { person: null })
      parts.sendNo(row.via, row.id)
    },
    /** It is over; `done` or `expired`. */
    end(row: IntroductionRow, state: 'done' | 'expired'): void {
      parts.settle(row, state, { person: null })
      closeInvite(row)
    },
  }
}
