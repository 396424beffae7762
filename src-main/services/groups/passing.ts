/**
 * Messages of a group that go sealed through another member while there is no session with the one they are for, where their author allows
 * it (docs/protocol.md section 9). The message itself waits for that session as ever: a copy only comes sooner, and none is ever needed.
 */
import * as v from 'valibot'
import { CairnError } from '#shared/errors.ts'
import { hex, unhex } from '../../protocol/bytes.ts'
import { bytes, decodeCbor, encodeCbor } from '../../protocol/cbor.ts'
import { decodePublicIdentity, type PublicIdentity } from '../../protocol/identity.ts'
import { decodeMessage, type GroupMessage } from '../../protocol/message.ts'
import { openCopy, sealCopy } from '../../protocol/passedCopy.ts'
import type { Contact } from '../../storage/contactStore.ts'
import type { Core } from '../core.ts'
import type { Grouped } from '../messages/places.ts'
import type { Changes } from './changes.ts'
import type { Connecting } from './connecting.ts'
import type { Group, GroupTools } from './parts.ts'

/** A group that comes together needs no copies: so long a message waits for its session first. */
const waitsFor = 60_000
/** To two at a time: one may not be there for a while. */
const carriersMost = 2
/** Sealed in one transaction: each costs a few milliseconds. */
const sealedAtOnce = 16
const sealAgainAfter = 1_000
/** On the way through this person to one member. */
const carriedMost = 256
const askKeysAfter = 3600_000

type Of<T extends GroupMessage['t']> = Extract<GroupMessage, { t: T }>

export interface PassingParts {
  changes: Changes
  connecting: Connecting
  tools: GroupTools
  /** What a member wrote, brought by another. Errors: `session.refused`, `group.unknown`, `group.not-member`. */
  onCopy(by: Contact, author: string, message: Grouped): void
}

const groupOf = v.looseObject({ group: v.object({ id: bytes(32) }) })
const whole = v.looseObject({ t: v.picklist(['text', 'attachment', 'reaction', 'edit', 'delete']) })

export function createPassing(core: Core, { changes, connecting, tools, onCopy }: PassingParts) {
  const { stores } = core
  const { primitives } = core.ports
  const due = new Set<number>()
  /** By group and member: when its keys were asked for last. */
  const asked = new Map<string, number>()

  /** Something waits for a member, or there may be a way to one now: in a while it is looked at. */
  function later(no: number, ms = waitsFor + 1_000): void {
    if (due.has(no) || stores.groups.get(no)?.passing !== true) return
    due.add(no)
    core.after(ms, () => {
      due.delete(no)
      core.commit(() => review(no))
    })
  }

  /** Seals what has waited long enough, some of it at a time. In the caller's transaction. */
  function review(no: number): void {
    const group = tools.byNo(no)
    if (group?.row.state !== 'member' || !group.row.passing) return
    let room = sealedAtOnce
    for (const member of stores.deliveries.unpassedMembers(no)) {
      const ways = connecting.ways(group, member).slice(0, carriersMost)
      const person = ways.length > 0 ? keysOf(group, member, ways) : null
      if (!person) continue
      const messages = stores.deliveries.unpassed(no, member, core.now() - waitsFor, room)
      for (const message of messages) pass(group, person, message, ways)
      room -= messages.length
      if (room === 0) return later(no, sealAgainAfter)
    }
    if (stores.deliveries.isWaitingSince(no, core.now() - waitsFor)) later(no)
  }

  function pass(group: Group, person: PublicIdentity, { id, body }: { id: string; body: Uint8Array }, ways: Contact[]): void {
    const sealed = sealCopy(core.context(), core.identity(), person, { group: group.contact.id, message: body })
    stores.deliveries.setPassed(id, person.id)
    if (sealed) for (const { no } of ways) tools.say(no, group, { t: 'group.pass', to: unhex(person.id), sealed })
    core.emit({ type: 'groupChanged', id: group.contact.id })
  }

  /** Admins stand in the group's state; the keys of others are asked for. */
  function keysOf(group: Group, member: string, ways: readonly Contact[]): PublicIdentity | null {
    const admin = changes.headState(group.row)?.admins.get(member)
    if (admin) return admin
    const known = stores.groups.identityOf(group.contact.no, member)
    if (known) return decodePublicIdentity(primitives, known)
    const key = `${String(group.contact.no)} ${member}`
    const [way] = ways
    if (way && core.now() - (asked.get(key) ?? -Infinity) >= askKeysAfter) {
      asked.set(key, core.now())
      tools.say(way.no, group, { t: 'group.keys', of: unhex(member) })
    }
    return null
  }

  const isMember = ({ contact }: Group, id: string): boolean => stores.groups.isMember(contact.no, id)
  const mayAsk = (from: Contact, group: Group): boolean => group.row.state === 'member' && isMember(group, from.id)

  function onKeys(from: Contact, group: Group, { of }: Of<'group.keys'>): void {
    const person = tools.withSession(hex(of))
    if (!mayAsk(from, group) || !isMember(group, hex(of))) return tools.refuse(from, 'group.not-member')
    if (person?.public) tools.say(from.no, group, { t: 'group.person', person: person.public })
  }

  /** It says by itself whose it is. */
  function onPerson(from: Contact, group: Group, message: Of<'group.person'>): void {
    const person = decodePublicIdentity(primitives, message.person)
    if (!isMember(group, person.id)) return tools.refuse(from, 'group.not-member')
    stores.groups.setIdentity(group.contact.no, person.id, person.bytes)
    review(group.contact.no)
  }

  /** For somebody this person has a session with; whoever cannot be reached is left to the message itself. */
  function onPass(from: Contact, group: Group, { to, sealed }: Of<'group.pass'>): void {
    const reader = tools.withSession(hex(to))
    if (!mayAsk(from, group) || !isMember(group, hex(to))) return tools.refuse(from, 'group.not-member')
    if (reader === null || stores.groups.isBlocked(group.contact.no, from.id)) return
    if (stores.outbox.countKind(reader.no, 'group.passed') >= carriedMost) return tools.refuse(from, 'group.too-many-copies')
    tools.say(reader.no, group, { t: 'group.passed', sealed })
  }

  /** For this person. Errors: `crypto.failed`, `codec.*`, `session.refused`, `group.not-member`. */
  function onPassed(from: Contact, group: Group, { sealed }: Of<'group.passed'>): void {
    const { author, message } = openCopy(primitives, core.identity(), group.contact.id, sealed)
    const isThere = hex(decodeCbor(message, groupOf).group.id) === group.contact.id
    if (!isThere || author.id === core.identity().id) throw new CairnError('session.refused')
    // as it will come from its author, but for its place in a stream
    const placed = decodeMessage(encodeCbor({ ...decodeCbor(message, whole), stream: new Uint8Array(8), seq: 1 }))
    onCopy(from, author.id, placed as Grouped)
  }

  return {
    ...{ later, onKeys, onPass, onPassed, onPerson },
    /** Errors: `group.not-member`. */
    choose(group: Group, passing: boolean): void {
      if (group.row.state !== 'member') throw new CairnError('group.not-member')
      core.commit(() => {
        stores.groups.update(group.contact.no, { passing })
        later(group.contact.no, 0)
        tools.changed(group)
      })
    },
  }
}
