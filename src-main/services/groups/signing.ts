/**
 * Own changes, and those that an admin's program signs by itself: people who said yes come in, those who leave go, and what was on a
 * branch that lost is done again where it still makes sense.
 */
import { CairnError } from '#shared/errors.ts'
import { hex, unhex } from '../../protocol/bytes.ts'
import { equalBytes } from '../../protocol/bytes.ts'
import type { Operation } from '../../protocol/groupChange.ts'
import { decodePublicIdentity } from '../../protocol/identity.ts'
import { roleIn, type GroupState } from '../../protocol/groupState.ts'
import type { Core } from '../core.ts'
import type { Changes } from './changes.ts'
import type { Gossip } from './gossip.ts'
import type { Group, GroupTools } from './parts.ts'

/** Those who say yes within this time come in together. */
const joinsWithin = 1_000
/** The owner takes out at once who leaves; admins give it so long, or their changes would cross. */
const leaversAfter = 30_000
/** Whoever changed the branch that counts may have more to say. */
const againAfter = 3_000
/** A change has a size, and names have a length. */
const addedTogether = 100

export type Signing = ReturnType<typeof createSigning>

export function createSigning(core: Core, parts: { changes: Changes; gossip: () => Gossip; tools: GroupTools }) {
  const { stores } = core
  const { changes, gossip, tools } = parts
  /** Groups that are looked at soon, and when; by what for. */
  const due = new Map<string, number>()

  const publish = (group: Group, op: Operation, tries = 0): Group =>
    gossip().publish(group, changes.sign(group.row, group.contact.id, op, tries))

  /**
   * Signs, keeps, and tells; in the caller's transaction.
   * Errors: `group.not-member`, `group.not-allowed`, `group.full`; `group.refused` with `already` where it is so already.
   */
  function sign(group: Group, op: Operation, tries = 0): Group {
    if (group.row.state !== 'member') throw new CairnError('group.not-member')
    try {
      return publish(group, op, tries)
    } catch (error) {
      throw named(error)
    }
  }

  const isAdmin = ({ row }: Group): boolean => row.state === 'member' && row.role !== 'member'

  /** Looks at the group after a while, once for each reason. */
  function soon(reason: string, ms: number, no: number, task: (group: Group) => void, may = isAdmin): void {
    const key = `${reason} ${no}`
    const at = core.now() + ms
    if ((due.get(key) ?? Infinity) <= at) return
    due.set(key, at)
    core.after(ms, () => {
      if (due.get(key) !== at) return
      due.delete(key)
      const group = tools.byNo(no)
      if (group === null || !may(group)) return
      if (gossip().isCatchingUp(group)) return soon(reason, Math.max(ms, againAfter), no, task, may)
      core.commit(() => task(group))
    })
  }

  /** Everything that is to be signed by itself, if there is something. */
  function review({ contact, row }: Group): void {
    if (row.state !== 'member' || row.role === null || row.role === 'member') return
    const people = stores.groups.people(contact.no)
    if (people.some(({ state }) => state === 'accepted')) soon('join', joinsWithin, contact.no, join)
    if (people.some(({ state }) => state === 'leaving')) soon('leave', row.role === 'owner' ? 0 : leaversAfter, contact.no, letGo)
    soon('again', againAfter, contact.no, again)
  }

  /** Whoever said yes to an invitation. */
  function join(group: Group): void {
    const state = changes.headState(group.row)
    const people = stores.groups
      .people(group.contact.no)
      .filter((person) => person.state === 'accepted' && !state?.members.has(person.member))
    const members = people.slice(0, addedTogether).map(({ member, name }) => ({ id: unhex(member), name }))
    if (members.length === 0) return
    const now = sign(group, { op: 'add', members })
    if (people.length > members.length) join(now)
  }

  /** Whoever said to leave, as far as it is for this person to take them out. */
  function letGo(group: Group): void {
    const state = changes.headState(group.row)
    if (state === null) return
    const isOwner = group.row.role === 'owner'
    const going = stores.groups
      .people(group.contact.no)
      .filter(({ state: is, member }) => is === 'leaving' && state.members.has(member) && member !== state.owner)
      .filter(({ member }) => isOwner || !state.admins.has(member))
    if (going.length > 0) sign(group, { op: 'remove', members: going.map(({ member }) => unhex(member)) })
  }

  const isOwnerGone = ({ row }: Group): boolean => row.state === 'left' && changes.headState(row)?.owner === core.identity().id

  /** This person left, and was made the owner on the way: a group needs one who is there. */
  function handOver(group: Group): void {
    const state = changes.headState(group.row)
    const next = [...(state?.admins.keys() ?? [])].find((id) => id !== core.identity().id)
    const [heard] = stores.groups.heardOf(group.contact.no)
    const heir = heard ? stores.contacts.byNo(heard.no) : null
    if (next !== undefined) publish(group, { op: 'transfer', member: unhex(next) })
    else if (heir !== null) handOver(publish(group, { op: 'promote', identity: heir.public }))
  }

  /** Own changes whose branch has lost. */
  function again(group: Group): void {
    let now = group
    for (const change of stores.groups.takeAgain(group.contact.no)) {
      const state = changes.headState(now.row)
      const op =
        state && stillWanted(changes.decode(change).op, state, (identity) => decodePublicIdentity(core.ports.primitives, identity).id)
      if (op === null || state === null) continue
      try {
        now = sign(now, op, change.tries + 1)
      } catch (error) {
        if (!(error instanceof CairnError) || error.family === 'Storage') throw error // no longer for this person to do
      }
      if (now.row.state !== 'member') return
    }
  }

  return {
    sign,
    review,
    /** For somebody who has left: whether that waits for the group to have another owner, which is seen to. */
    isOwnerLeaving(group: Group): boolean {
      if (!isOwnerGone(group)) return false
      soon('hand over', againAfter, group.contact.no, handOver, isOwnerGone)
      return true
    },
  }
}

/** What is left to do of a change in another state; null for nothing. */
export function stillWanted(op: Operation, state: GroupState, idOf: (identity: Uint8Array) => string): Operation | null {
  switch (op.op) {
    case 'add': {
      const members = op.members.filter(({ id }) => !state.members.has(hex(id)))
      return members.length > 0 ? { op: 'add', members } : null
    }
    case 'remove': {
      const members = op.members.filter((id) => state.members.has(hex(id)))
      return members.length > 0 ? { op: 'remove', members } : null
    }
    case 'rename':
      return op.name === state.name ? null : op
    case 'picture':
      return equalBytes(op.picture, state.picture) ? null : op
    case 'timer':
      return op.seconds === state.timer ? null : op
    case 'promote':
      return roleIn(state, idOf(op.identity)) === 'member' ? op : null
    case 'demote':
      return roleIn(state, hex(op.member)) === 'admin' ? op : null
    default:
      return null // the whole group's fate is decided by a person
  }
}

function named(error: unknown): unknown {
  if (!(error instanceof CairnError) || error.code !== 'group.refused') return error
  const byWhy: Record<string, 'group.not-member' | 'group.not-allowed' | 'group.full'> = {
    'unknown-member': 'group.not-member',
    dissolved: 'group.not-member',
    'not-allowed': 'group.not-allowed',
    full: 'group.full',
  }
  const code = byWhy[String(error.details['why'])]
  return code ? new CairnError(code) : error
}
