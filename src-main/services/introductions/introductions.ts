/** People brought together by a third one: offered, asked for, or needed by a group (docs/protocol.md section 7). */
import { CairnError } from '#shared/errors.ts'
import type { Introduction } from '#shared/contract/inviteModels.ts'
import type { Writer } from '#shared/contract/itemModels.ts'
import { hex } from '../../protocol/bytes.ts'
import type { IntroduceMessage } from '../../protocol/message.ts'
import { shownName, type Contact } from '../../storage/contactStore.ts'
import type { ExchangeRow } from '../../storage/exchangeStore.ts'
import type { IntroductionRow } from '../../storage/introductionStore.ts'
import type { Core } from '../core.ts'
import { createAsker } from './asker.ts'
import { createMediator } from './mediator.ts'
import { asksPerson, createParts, isPending, type IntroductionsParts } from './parts.ts'
import { createTarget } from './target.ts'
import { createTries } from './tries.ts'

/** What is decided is shown this long. */
const remembered = 30 * 24 * 3600_000

export type Introductions = ReturnType<typeof createIntroductions>

export function createIntroductions(core: Core, services: IntroductionsParts) {
  const { introductions, contacts, exchanges } = core.stores
  const parts = createParts(core, services, { onChanged: changed })
  const asker = createAsker(core, services, parts)
  const mediator = createMediator(core, parts)
  const target = createTarget(core, services, parts)
  const tries = createTries(core, parts, { ask: asker.send, hearers: services.hearers })
  const roles = { asker, mediator, target }

  function changed(): void {
    core.atEnd('introductions', () => core.emit({ type: 'introductions', introductions: list() }))
  }

  const list = (): Introduction[] => introductions.shown(core.now() - remembered).map(model)

  function writer(id: string | null, name = ''): Writer {
    const contact = id === null ? null : contacts.byId(id)
    return { id: id ?? '', name: contact ? shownName(contact) : name || (id ?? '').slice(0, 8) }
  }

  function model(row: IntroductionRow): Introduction {
    const { id, role, reason, created: at, expires } = row
    return {
      ...{ id, role, reason, at, expires, state: shownState(row) },
      via: row.via === null ? null : writer(row.via),
      other: role === 'asker' ? writer(row.target, row.name) : writer(row.asker, row.name),
      target: role === 'mediator' ? writer(row.target) : null,
      group: row.group === null ? null : writer(row.group),
    }
  }

  function shownState(row: IntroductionRow): Introduction['state'] {
    if (!isPending(row)) return row.state as Introduction['state']
    if (asksPerson(row)) return 'asks'
    if (row.state === 'answered') return row.role === 'mediator' ? 'done' : 'connecting' // what they make of it is not told
    return 'waiting'
  }

  /** In the transaction of the message. */
  function arrived(contact: Contact, message: IntroduceMessage): void {
    switch (message.t) {
      case 'introduce.offer':
        return asker.onOffer(contact, message)
      case 'introduce.ask':
        return mediator.onAsk(contact, message)
      case 'introduce.request':
        return target.onRequest(contact, message)
      case 'introduce.answer':
        return answered(contact, message.introduction, message.sealed)
    }
  }

  function answered(contact: Contact, introduction: Uint8Array, sealed: Uint8Array | undefined): void {
    const rows = introductions.byId(hex(introduction))
    const row = rows.find(({ role, via, asker, target }) => (role === 'mediator' ? [asker, target] : [via]).includes(contact.id)) ?? rows[0]
    if (!row) return parts.refuse(contact, 'unknown')
    roles[row.role].onAnswer(contact, row, sealed)
    if (row.auto) core.later(tries.run)
  }

  function find(id: string, isRight: (row: IntroductionRow) => boolean): IntroductionRow {
    const row = introductions.byId(id).find(isRight)
    if (!row) throw new CairnError('introduction.unknown')
    return row
  }

  /** Errors: `introduction.unknown`, `session.none`. */
  function answer(id: string, accept: boolean): void {
    const row = find(id, asksPerson)
    core.commit(() => (accept ? roles[row.role].accept(row) : roles[row.role].decline(row)))
  }

  /** What this person asked for or offered. Errors: `introduction.unknown`. */
  function cancel(id: string): void {
    const row = find(id, (one) => isCancellable(one))
    core.commit(() => (row.role === 'mediator' ? mediator : asker).cancel(row))
  }

  /** Who introduced the person on the other side of this exchange, which is confirmed now; '' for nobody. In that transaction. */
  function introducer(contact: Contact, exchange: ExchangeRow | null): string {
    const made = exchange?.invite ? (exchanges.invite(exchange.invite)?.introduction ?? null) : null
    const row = made === null ? exchange && introductions.byInvite(exchange.invite_hash) : introductions.get(made, 'target')
    if (!row?.via) return ''
    if (contact.state === 'connecting') contacts.update(contact.no, { introduced_by: row.via })
    return writer(row.via).name
  }

  /** In the transaction that confirms a session with it: whatever was to bring them together is not needed any more. */
  function connected(contact: Contact): void {
    for (const row of introductions.pending()) {
      if (row.role === 'asker' && row.target === contact.id) asker.connected(row)
      if (row.role === 'target' && row.asker === contact.id) target.end(row, 'done')
    }
    core.later(tries.run)
  }

  function expire(row: IntroductionRow): void {
    if (row.expires > core.now()) {
      if (isAbandoned(row)) parts.settle(row, 'cancelled')
    } else if (row.role === 'target') target.end(row, 'expired')
    else parts.settle(row, row.role === 'mediator' && row.state === 'answered' ? 'done' : 'expired')
  }

  /** The person stopped connecting. */
  const isAbandoned = ({ role, state, target: person, inviteHash }: IntroductionRow): boolean => {
    if (role !== 'asker' || state !== 'answered' || !inviteHash || person === null) return false
    const contact = contacts.byId(person)
    return !contact || !exchanges.ofContact(contact.no).some(({ invite_hash }) => hex(invite_hash) === hex(inviteHash))
  }

  function housekeeping(): void {
    core.commit(() => {
      introductions.pending().forEach(expire)
      if (introductions.forgetOlder(core.now() - remembered)) changed()
    })
    tries.run()
  }

  return {
    ...{ list, arrived, answer, cancel, introducer, connected, housekeeping },
    offer: mediator.offer,
    groupChanged: target.groupChanged,
    ask: asker.ask,
    /**
     * Has this person introduced to a member of a group, through whoever hears it by then, or these people, those before others. At most three tries for a pair, with
     * back-off, over restarts; asked again it goes on where it was. In a transaction or not.
     */
    forGroup(group: { no: number; id: string }, memberId: string, mediators: string[]): void {
      if (memberId === core.identity().id || parts.isConnected(memberId)) return
      core.commit(() => tries.want({ target: memberId, group: group.id, mediators }))
      core.later(tries.run)
    },
    /** An introduction to this person is under way. */
    isUnderWay: (person: string): boolean =>
      introductions.pending().some(({ role, target: asked, state }) => role === 'asker' && asked === person && state !== 'offered'),
    /** Nothing of a person who is deleted stays here. In the caller's transaction. */
    forget: (id: string): void => {
      for (const row of introductions.pending()) if (row.role === 'target' && row.via === id) target.end(row, 'expired')
      if (introductions.forgetPerson(id)) changed()
    },
    /** Once after each start. */
    resume: housekeeping,
  }
}

const isCancellable = (row: IntroductionRow): boolean =>
  (row.role === 'asker' && row.state === 'asked') ||
  (row.role === 'mediator' && row.reason === 'offer' && (row.state === 'offered' || row.state === 'requested'))
