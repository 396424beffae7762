/**
 * How changes come to everybody: told by whoever signs them, passed on to members who do not hear that person, and asked for where
 * what one member holds to is not known to another. Everything in the transaction of what caused it.
 */
import type { CairnError } from '#shared/errors.ts'
import { roleIn } from '../../protocol/groupState.ts'
import type { GroupMessage } from '../../protocol/message.ts'
import { hex, unhex } from '../../protocol/bytes.ts'
import { packMembers, unpackMembers } from '../../protocol/memberBits.ts'
import type { Contact } from '../../storage/contactStore.ts'
import type { ChangeRow } from '../../storage/groupStore.ts'
import type { Core } from '../core.ts'
import type { Changes, Move } from './changes.ts'
import type { Following } from './following.ts'
import { idsOf, type Group, type GroupTools } from './parts.ts'

const nameOf = ({ code, details }: CairnError): string => (details['why'] === undefined ? code : `${code}.${String(details['why'])}`)

type Of<T extends GroupMessage['t']> = Extract<GroupMessage, { t: T }>

/** One who sends what leads nowhere is not asked about it over and over. */
const askAgainAfter = 10_000
/** So long more is expected after a page that is not the last. */
const moreWithin = 60_000
/** A head that is told without a reason: to so many members. */
const healedBy = 3

export interface GossipListeners {
  /** In the transaction in which the head moved; `newcomers` are those who are in now. */
  onMoved(group: Group, newcomers: string[]): void
  /** In the transaction of a message that says that its sender holds to a change that is here. */
  onAgreed(contact: Contact, group: Group): void
}

const keyOf = (contact: Contact, group: Group): string => `${group.contact.no} ${contact.no}`

export type Gossip = ReturnType<typeof createGossip>

export function createGossip(
  core: Core,
  parts: { changes: Changes; following: Following; tools: GroupTools },
  { onMoved, onAgreed }: GossipListeners,
) {
  const { stores } = core
  const { changes, following, tools } = parts
  /** When somebody was last asked, by group and contact. */
  const asked = new Map<string, number>()
  /** Until when more changes are expected, by group. */
  const expecting = new Map<number, number>()
  /** Heads that are not known here yet, without which nobody can tell whom they name as unheard; by group and contact. */
  const unread = new Map<string, Of<'group.head'>>()
  /** Whom this person last said not to hear, by group and contact. */
  const said = new Map<string, string>()

  /** More changes are on their way: nothing is signed by itself before they are here. */
  const isCatchingUp = (group: Group): boolean => (expecting.get(group.contact.no) ?? 0) > core.now()

  /** The group as it is after the move. */
  function moved(group: Group, move: Move, from: string | null): Group {
    const newcomers = following.follow(group, move)
    const now = tools.byNo(group.contact.no) as Group
    passOn(now, move.followed, from)
    onMoved(now, newcomers)
    return now
  }

  /** To members who, by what they or the signer said last, do not hear the signer. */
  function passOn(group: Group, followed: readonly ChangeRow[], from: string | null): void {
    const me = core.identity().id
    const unheardBy = new Map(stores.groups.people(group.contact.no).map(({ member, unheard }) => [member, new Set(unheard)]))
    const isDeaf = (to: string, signer: string): boolean =>
      (unheardBy.get(to)?.has(signer) ?? false) || (unheardBy.get(signer)?.has(to) ?? false)
    for (const { no, id } of stores.groups.heardOf(group.contact.no)) {
      if (id === from) continue
      const first = followed.findIndex(({ signer }) => signer !== me && signer !== id && isDeaf(id, signer))
      if (first !== -1) tools.sayChanges(no, group, followed.slice(first))
    }
  }

  /** An own change: to everybody who is in the group, or was before it. */
  function publish(group: Group, move: Move): Group {
    const me = core.identity().id
    const now = moved(group, move, null)
    const removed = [...(move.before?.members.keys() ?? [])].filter((id) => id !== me && !move.after.members.has(id))
    const come = new Set([...move.after.members.keys()].filter((id) => move.before?.members.has(id) === false))
    for (const { no, id } of stores.groups.heardOf(group.contact.no))
      tools.sayChanges(no, now, come.has(id) ? stores.groups.wayAfter(group.contact.no, -1) : move.followed)
    for (const id of removed) {
      const contact = tools.withSession(id)
      if (contact) tools.sayChanges(contact.no, now, move.followed)
    }
    return now
  }

  function changesArrived(contact: Contact, group: Group, message: Of<'group.changes'>): void {
    const { row } = group
    if (row.state === 'invited') return tools.refuse(contact, 'group.not-answered')
    const { added, missing, last, refused, move } = changes.learn(row, group.contact.id, message.changes)
    for (const error of refused) for (const at of [contact, group.contact]) tools.refuse(at, nameOf(error))
    const goesOn = message.more === true && refused.length === 0 && !missing
    if (goesOn) expecting.set(group.contact.no, core.now() + moreWithin)
    else expecting.delete(group.contact.no)
    const now = move ? moved(group, move, contact.id) : group
    readHead(contact, now)
    if (goesOn && added > 0) ask(contact, now, last)
    else if (goesOn || (missing && refused.length === 0)) askOnce(contact, now, last)
    else if (refused.length === 0) onAgreed(contact, now)
  }

  /** The asked sends what follows the last change that both know. Somebody who is no member learns nothing by being asked. */
  function ask(contact: Contact, group: Group, last: string | null): void {
    asked.set(keyOf(contact, group), core.now())
    const isStranger = group.row.head !== null && !isKnownHere(group, contact.id)
    const locator = isStranger ? [group.contact.id] : changes.locator(group.row)
    const known = [...(last === null ? [] : [last]), ...locator.filter((hash) => hash !== last)]
    tools.say(contact.no, group, { t: 'group.fetch', known: known.map(unhex) })
  }

  function askOnce(contact: Contact, group: Group, last: string | null = null): void {
    if (core.now() - (asked.get(keyOf(contact, group)) ?? -Infinity) >= askAgainAfter) ask(contact, group, last)
  }

  const isKnownHere = ({ contact, row }: Group, id: string): boolean =>
    row.inviter === id || ['member', 'leaving'].includes(stores.groups.person(contact.no, id)?.state ?? '')

  function fetchArrived(contact: Contact, group: Group, { known }: Of<'group.fetch'>): void {
    if (!sendAfter(contact, group, idsOf(known))) tools.refuse(contact, 'group.not-member')
  }

  /** What follows the last change that both know; to somebody who is out, what shows that. False where it never was in. */
  function sendAfter(contact: Contact, group: Group, known: readonly string[]): boolean {
    const state = changes.headState(group.row)
    if (state === null) return false
    const from = changes.sharedWith(group.row, known)
    const after = stores.groups.wayAfter(group.contact.no, from)
    if (roleIn(state, contact.id) !== null) {
      if (after.length > 0) tools.sayChanges(contact.no, group, after)
      else sayHead(contact.no, group)
    } else {
      const ends = known.slice(0, 2).map((hash) => changes.endFor(group.row, contact.id, hash, from))
      const end = ends.find((one) => one !== null)
      if (end === undefined || end === null) return false
      tools.sayChanges(
        contact.no,
        group,
        after.filter((change) => change.generation <= end),
      )
    }
    return true
  }

  /** Somebody who is out does not know it: the change that says so. */
  function answerFormer(contact: Contact, group: Group): void {
    const removal = changes.removalOf(group.row, contact.id)
    if (removal) tools.sayChanges(contact.no, group, [removal])
  }

  function headArrived(contact: Contact, group: Group, message: Of<'group.head'>): void {
    const { row } = group
    if (row.state === 'invited') return tools.refuse(contact, 'group.not-answered')
    const head = hex(message.head)
    unread.set(keyOf(contact, group), message)
    readHead(contact, group)
    if (head !== row.head && stores.groups.change(group.contact.no, head) === null) return askOnce(contact, group)
    onAgreed(contact, group)
    if (head !== row.head && !sendAfter(contact, group, [head])) tools.refuse(contact, 'group.not-member')
  }

  /** Notes what a member said last, as far as the change it holds to is known. */
  function readHead(contact: Contact, group: Group): void {
    const message = unread.get(keyOf(contact, group))
    if (message === undefined || !isKnownHere(group, contact.id)) return
    const head = hex(message.head)
    const isHere = stores.groups.change(group.contact.no, head) !== null
    if (isHere) unread.delete(keyOf(contact, group))
    const unheard = isHere ? unpackMembers(changes.stateAt(group.row, head), message.unheard) : null
    stores.groups.said(group.contact.no, contact.id, head, unheard, core.now())
    core.emit({ type: 'groupChanged', id: group.contact.id })
  }

  /** What this person holds to, and whom it does not hear. */
  function sayHead(to: number, group: Group): void {
    const state = changes.headState(group.row)
    if (state === null || group.row.head === null) return
    const unheard = stores.groups.unheardOf(group.contact.no)
    said.set(`${group.contact.no} ${to}`, unheard.join(' '))
    const [head, { generation }] = [unhex(group.row.head), state]
    tools.say(to, group, { t: 'group.head', head, generation, unheard: packMembers(state, unheard) })
  }

  /** A few members, by chance: what was lost on the way heals by it. */
  function heal(group: Group): void {
    const heard = stores.groups.heardOf(group.contact.no)
    const word = core.ports.random(4).reduce((sum, byte) => sum * 256 + byte, 0)
    const start = heard.length === 0 ? 0 : word % heard.length
    for (const { no } of [...heard.slice(start), ...heard.slice(0, start)].slice(0, healedBy)) sayHead(no, group)
  }

  return {
    publish,
    changesArrived,
    fetchArrived,
    headArrived,
    answerFormer,
    sayHead,
    heal,
    askOnce,
    isCatchingUp,
    lastSaid: (no: number, to: number): string | null => said.get(`${no} ${to}`) ?? null,
  }
}
