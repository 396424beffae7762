/** Who hears whom: what is said of it, and introductions to members this person has no session with. */
import type { GroupState } from '../../protocol/groupState.ts'
import type { Contact } from '../../storage/contactStore.ts'
import type { GroupMemberRow } from '../../storage/groupMemberStore.ts'
import type { Core } from '../core.ts'
import type { Introductions } from '../introductions/introductions.ts'
import type { Changes } from './changes.ts'
import type { Gossip } from './gossip.ts'
import type { Group, GroupTools } from './parts.ts'

/** A list that has just changed changes again soon, while a group comes together. */
const announceFirst = 10_000
const announceSlowest = 10 * 60_000
/** Of two, one asks to be introduced; if nothing came of it, the other may too. */
const otherAsksAfter = 3600_000
const askAgainAfter = 30 * 60_000
const mediatorsMost = 8
/** Whoever said something since is probably there. */
const saidLately = 10 * 60_000

export interface ConnectingParts {
  changes: Changes
  gossip: Gossip
  introductions: Pick<Introductions, 'forGroup'>
  tools: GroupTools
}

export type Connecting = ReturnType<typeof createConnecting>

type People = ReadonlyMap<string, GroupMemberRow>

/** Evenly spread, and the same whenever it is asked. */
const turnOf = (me: string, member: string): number => parseInt(me.slice(0, 8), 16) + parseInt(member.slice(0, 8), 16)

export function createConnecting(core: Core, { changes, gossip, introductions, tools }: ConnectingParts) {
  const { stores } = core
  const announced = new Map<number, { wait: number; isDue: boolean }>()
  /** By group and member: whom was asked last, and when. */
  const asked = new Map<string, number>()

  /** Tells the others, a little later, if the list of those not heard is another now. */
  function announce({ contact, row }: Group): void {
    if (row.state !== 'member') return
    const last = announced.get(contact.no) ?? { wait: announceFirst, isDue: false }
    announced.set(contact.no, last)
    if (last.isDue || untold(contact.no).length === 0) return
    last.isDue = true
    core.after(last.wait, () => {
      last.isDue = false
      last.wait = Math.min(last.wait * 2, announceSlowest)
      const group = tools.byNo(contact.no)
      if (group?.row.state !== 'member') return
      core.commit(() => {
        for (const { no } of untold(contact.no)) gossip.sayHead(no, group)
      })
    })
  }

  /** Members who were told another list last, or none since the start. */
  function untold(no: number): { no: number }[] {
    const list = stores.groups.unheardOf(no).join(' ')
    return stores.groups.heardOf(no).filter((member) => gossip.lastSaid(no, member.no) !== list)
  }

  /** The next list is news again. Once a day. */
  function calm(): void {
    for (const one of announced.values()) one.wait = announceFirst
  }

  /** Both ends come to the same answer: the one that joined later, or else has the smaller id. */
  function asks(state: GroupState, me: string, member: string): boolean {
    const [mine, theirs] = [state.members.get(me)?.since ?? 0, state.members.get(member)?.since ?? 0]
    return mine === theirs ? me < member : mine > theirs
  }

  /** Those this person does not hear are asked for, where it is this one's turn. */
  function connect(group: Group): void {
    const { contact, row } = group
    const state = changes.headState(row)
    if (row.state !== 'member' || state === null) return
    const me = core.identity().id
    // with each new session this is asked about everybody who is left: what is known of all is read once, and only where it is needed
    let people: People | null = null
    for (const member of stores.groups.unheardOf(contact.no)) {
      if (core.now() - (asked.get(keyOf(group, member)) ?? -Infinity) < askAgainAfter) continue
      const since = stores.groups.person(contact.no, member)?.at ?? 0
      const isMyTurn = asks(state, me, member) || core.now() - since >= otherAsksAfter
      if (isMyTurn && !stores.contacts.isBlocked(member)) introduce(group, state, member, (people ??= peopleOf(group)))
    }
  }

  const keyOf = (group: Group, member: string): string => `${group.contact.no} ${member}`
  const peopleOf = ({ contact }: Group): People => new Map(stores.groups.people(contact.no).map((person) => [person.member, person]))

  function introduce(group: Group, state: GroupState, member: string, people: People): void {
    const mediators = mediatorsFor(group, state, member, people)
    if (mediators.length === 0) return
    asked.set(keyOf(group, member), core.now())
    introductions.forGroup({ no: group.contact.no, id: group.contact.id }, member, mediators)
  }

  /** Whoever let the later of the two in, the owner, admins, and then those who do not say that they cannot hear the member. */
  function mediatorsFor({ contact }: Group, state: GroupState, member: string, people: People): string[] {
    const since = Math.max(state.members.get(member)?.since ?? 0, state.members.get(core.identity().id)?.since ?? 0)
    const adder = stores.groups.wayAfter(contact.no, since - 1)[0]?.signer
    const rank = (id: string): number => {
      if (id === adder) return 0
      if (id === state.owner) return 1
      return state.admins.has(id) ? 2 : 3
    }
    return stores.groups
      .heardOf(contact.no)
      .map(({ id }) => id)
      .filter((id) => id !== member && people.get(id)?.unheard.includes(member) !== true)
      .toSorted((a, b) => rank(a) - rank(b))
      .slice(0, mediatorsMost)
  }

  /**
   * Of this person's group: members who know both and said lately that they hear the member, each pair beginning at another one. In a large
   * group, where whoever let everybody in would have to bring all pairs together, all do their part.
   */
  function hearers({ contact, row }: Group): (member: string) => string[] {
    const me = core.identity().id
    const people = stores.groups.people(contact.no).filter(({ head, said_at }) => head !== null && said_at > core.now() - saidLately)
    const hears = ({ member: id, head, unheard }: GroupMemberRow, member: string): boolean =>
      id !== member && !unheard.includes(member) && changes.areIn(row, head ?? '', [me, member])
    return (member) => {
      const those = people.filter((person) => hears(person, member)).map((person) => person.member)
      const start = those.length === 0 ? 0 : turnOf(me, member) % those.length
      return [...those.slice(start), ...those.slice(0, start)].slice(0, mediatorsMost)
    }
  }

  /** By the person, whose turn it is or not. */
  function connectNow(group: Group, member: string): void {
    const state = changes.headState(group.row)
    if (state?.members.has(member) && tools.withSession(member) === null) introduce(group, state, member, peopleOf(group))
  }

  /** Members who, as far as they say, hear one that this person does not. */
  function ways(group: Group, member: string): Contact[] {
    const state = changes.headState(group.row)
    if (state?.members.has(member) !== true) return []
    return mediatorsFor(group, state, member, peopleOf(group)).flatMap((id) => tools.withSession(id) ?? [])
  }

  return { announce, calm, connect, connectNow, hearers, ways }
}
