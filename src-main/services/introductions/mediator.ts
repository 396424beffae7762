/** Whoever brings two people together: offers, is asked, passes on what it cannot read. */
import { CairnError } from '#shared/errors.ts'
import { limits } from '#shared/contract/limits.ts'
import { hex } from '../../protocol/bytes.ts'
import type { Contact } from '../../storage/contactStore.ts'
import type { IntroductionRow } from '../../storage/introductionStore.ts'
import type { Core } from '../core.ts'
import { isPending, type Arrived, type Parts } from './parts.ts'

export function createMediator(core: Core, parts: Parts) {
  const { introductions } = core.stores

  const own = (): IntroductionRow[] => introductions.pending().filter(({ role, reason }) => role === 'mediator' && reason === 'offer')

  /** Errors: those of `wanted`, `introduction.known` for one person twice, `introduction.too-many`. */
  function offer(askerId: string, targetId: string): void {
    const [asker, target] = [parts.wanted(askerId), parts.wanted(targetId)]
    if (asker.no === target.no) throw new CairnError('introduction.known')
    if (own().length >= limits.introductions) throw new CairnError('introduction.too-many')
    if (own().some((row) => row.asker === askerId && row.target === targetId)) return // offered already
    core.commit(() => {
      const about = { role: 'mediator', reason: 'offer', state: 'offered', asker: askerId, target: targetId } as const
      const { id } = parts.add({ id: parts.newId(), ...about })
      parts.send(asker, 'introduce.offer', id, { person: target.public })
    })
  }

  function onAsk(asker: Contact, message: Arrived<'introduce.ask'>): void {
    const [id, target] = [hex(message.introduction), hex(message.person)]
    const known = introductions.get(id, 'mediator')
    if (known) return onAccepted(asker, target, message, known)
    if (message.reason === 'offer') return parts.refuse(asker, 'not-offered')
    const why = refusal(asker, target, message)
    // an answer at once would tell whom this person knows, so there is none: it expires there, as when nobody decides
    if (why !== null) return parts.refuse(asker, why)
    const group = message.group ? hex(message.group) : null
    const about = { role: 'mediator', reason: message.reason, state: 'asked', asker: asker.id, target, group } as const
    const row = parts.add({ id, ...about })
    if (message.reason !== 'ask') pass(row)
  }

  function refusal(asker: Contact, target: string, { reason, group }: Arrived<'introduce.ask'>): string | null {
    if (target === asker.id || target === core.identity().id) return 'wrong-person'
    if (reason === 'group' && !parts.inGroup(group, asker.id, target)) return 'not-in-group'
    if (parts.heard(target) === null) return 'unknown-person'
    if (parts.pairCrowded('mediator', asker.id, target)) return 'too-many'
    return parts.crowded(asker, reason === 'ask')
  }

  /** What this person offered itself. */
  function onAccepted(asker: Contact, target: string, { reason }: Arrived<'introduce.ask'>, row: IntroductionRow): void {
    if (row.asker !== asker.id) return parts.refuse(asker, 'stranger')
    if (row.reason !== reason || row.target !== target) return parts.refuse(asker, 'not-offered')
    if (row.state !== 'offered') return parts.refuse(asker, 'repeated')
    pass(row)
  }

  function pass(row: IntroductionRow): void {
    const [asker, target] = [parts.heard(row.asker), parts.heard(row.target)]
    if (!asker || !target) return refuse(row)
    parts.settle(row, 'requested')
    const about = { person: asker.public, reason: row.reason, ...parts.optionalGroup(row.group) }
    parts.send(target, 'introduce.request', row.id, about)
  }

  function refuse(row: IntroductionRow): void {
    parts.settle(row, 'refused')
    parts.sendNo(row.asker, row.id)
  }

  function onAnswer(contact: Contact, row: IntroductionRow, sealed: Uint8Array | undefined): void {
    if (contact.id === row.asker) return onAskersNo(contact, row, sealed)
    if (contact.id !== row.target) return parts.refuse(contact, 'stranger')
    if (row.state !== 'requested') return parts.refuse(contact, 'repeated')
    if (sealed === undefined) return refuse(row)
    const asker = parts.heard(row.asker)
    parts.settle(row, 'answered')
    if (asker) parts.send(asker, 'introduce.answer', row.id, { sealed })
  }

  /** It declines what was offered, or wants it no more. */
  function onAskersNo(asker: Contact, row: IntroductionRow, sealed: Uint8Array | undefined): void {
    if (sealed !== undefined) return parts.refuse(asker, 'wrong-role')
    if (!isPending(row) || row.state === 'answered') return parts.refuse(asker, 'repeated')
    parts.settle(row, row.state === 'offered' ? 'refused' : 'cancelled')
    if (row.state === 'requested') parts.sendNo(row.target, row.id)
  }

  return {
    ...{ offer, onAsk, onAnswer, accept: pass, decline: refuse },
    cancel(row: IntroductionRow): void {
      parts.settle(row, 'cancelled')
      parts.sendNo(row.asker, row.id)
      if (row.state === 'requested') parts.sendNo(row.target, row.id)
    },
  }
}
