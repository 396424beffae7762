/**
 * What a group is after a change, and who may change what; docs/protocol.md section 9. Admins add and remove members and rename; what
 * concerns admins (who is one, and that one goes) is the owner's alone. A change is good or not by the state before it, and by nothing
 * else: so everybody who knows the same changes judges them alike.
 */
import { limits } from '#shared/contract/limits.ts'
import { CairnError } from '#shared/errors.ts'
import { equalBytes, hex, unhex, utf8 } from './bytes.ts'
import { encodeCbor } from './cbor.ts'
import type { GroupChange, Operation } from './groupChange.ts'
import { decodePublicIdentity, signedBytes, type PublicIdentity } from './identity.ts'
import type { Primitives } from './primitives.ts'

export interface GroupMember {
  name: string
  /** The generation that added it. */
  since: number
}

/** Ids in hex. */
export interface GroupState {
  generation: number
  name: string
  /** Empty: none. */
  picture: Uint8Array
  timer: number
  owner: string
  /** The owner among them; their identities check what they sign. */
  admins: ReadonlyMap<string, PublicIdentity>
  /** Owner and admins among them. */
  members: ReadonlyMap<string, GroupMember>
  /** For good: nothing follows. */
  dissolved: boolean
}

const refused = (why: string): CairnError => new CairnError('group.refused', { details: { why } })

/** `H("cairn/1 group state" ‖ CBOR of the state)`, lists in the order of the ids. */
export function stateDigest(primitives: Primitives, state: GroupState): Uint8Array {
  const byId = <T>(map: ReadonlyMap<string, T>) => [...map].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const { generation, name, picture, timer, owner, admins, members, dissolved } = state
  const content = {
    ...{ generation, name, picture: primitives.sha256(picture), timer, owner: unhex(owner), dissolved },
    admins: byId(admins).map(([id]) => unhex(id)),
    members: byId(members).map(([id, { name: called, since }]) => ({ id: unhex(id), name: called, since })),
  }
  return primitives.sha256(utf8('cairn/1 group state'), encodeCbor(content))
}

/**
 * What `op` by `signer` makes of `state` (null: there is no group yet).
 * @throws CairnError `group.refused` with `why`: `not-allowed`, `dissolved`, `unknown-member`, `already`, `full`
 */
export function afterOperation(primitives: Primitives, state: GroupState | null, signer: string, op: Operation): GroupState {
  if (state === null) return created(primitives, signer, op)
  if (state.dissolved) throw refused('dissolved')
  if (!state.admins.has(signer) || op.op === 'create') throw refused('not-allowed')
  if (ownersOwn.has(op.op) && signer !== state.owner) throw refused('not-allowed')
  return { ...state, ...changed(primitives, state, signer, op), generation: state.generation + 1 }
}

const ownersOwn: ReadonlySet<Operation['op']> = new Set(['promote', 'demote', 'transfer', 'dissolve'])

function created(primitives: Primitives, signer: string, op: Operation): GroupState {
  if (op.op !== 'create') throw refused('not-allowed')
  const owner = decodePublicIdentity(primitives, op.owner)
  if (owner.id !== signer) throw refused('not-allowed')
  return {
    ...{ generation: 0, name: op.name, picture: new Uint8Array(), timer: 0, owner: owner.id, dissolved: false },
    admins: new Map([[owner.id, owner]]),
    members: new Map([[owner.id, { name: owner.nick, since: 0 }]]),
  }
}

function changed(primitives: Primitives, state: GroupState, signer: string, op: Exclude<Operation, { op: 'create' }>): Partial<GroupState> {
  switch (op.op) {
    case 'add':
      return added(state, op.members)
    case 'remove':
      return removed(state, signer, op.members.map(hex))
    case 'rename':
      return { name: op.name }
    case 'picture':
      return { picture: op.picture }
    case 'timer':
      return { timer: op.seconds }
    case 'promote':
      return promoted(primitives, state, op.identity)
    case 'demote':
      return demoted(state, hex(op.member))
    case 'transfer':
      if (!state.admins.has(hex(op.member))) throw refused('unknown-member')
      return { owner: hex(op.member) }
    case 'dissolve':
      return { dissolved: true }
  }
}

function added(state: GroupState, newcomers: readonly { id: Uint8Array; name: string }[]): Partial<GroupState> {
  const members = new Map(state.members)
  for (const { id, name } of newcomers) {
    if (members.has(hex(id))) throw refused('already')
    members.set(hex(id), { name, since: state.generation + 1 })
  }
  if (members.size > limits.groupMembers) throw refused('full')
  return { members }
}

function removed(state: GroupState, signer: string, ids: readonly string[]): Partial<GroupState> {
  const [members, admins] = [new Map(state.members), new Map(state.admins)]
  for (const id of ids) {
    if (!members.delete(id)) throw refused('unknown-member')
    if (id === state.owner || (admins.has(id) && signer !== state.owner)) throw refused('not-allowed')
    admins.delete(id)
  }
  return { members, admins }
}

function promoted(primitives: Primitives, state: GroupState, identity: Uint8Array): Partial<GroupState> {
  const admin = decodePublicIdentity(primitives, identity)
  if (!state.members.has(admin.id)) throw refused('unknown-member')
  if (state.admins.has(admin.id)) throw refused('already')
  if (state.admins.size === limits.groupAdmins) throw refused('full')
  return { admins: new Map([...state.admins, [admin.id, admin]]) }
}

function demoted(state: GroupState, id: string): Partial<GroupState> {
  if (id === state.owner) throw refused('not-allowed')
  const admins = new Map(state.admins)
  if (!admins.delete(id)) throw refused('unknown-member')
  return { admins }
}

/**
 * The state after a change from outside, all of it checked: its place, what it does, its signature, and the state it says to lead to.
 * `before` is the state after its parent.
 * @throws CairnError `group.refused` (with `signature`, `order` or `state` too), `crypto.failed` for a bad identity
 */
export function applyChange(primitives: Primitives, before: GroupState | null, change: GroupChange): GroupState {
  if (change.generation !== (before === null ? 0 : before.generation + 1)) throw refused('order')
  const state = afterOperation(primitives, before, change.signer, change.op)
  const signer = (before ?? state).admins.get(change.signer)
  if (!signer || !primitives.ed25519.verify(signer.sigKey, signedBytes('group', change.body), change.sig)) throw refused('signature')
  if (!equalBytes(stateDigest(primitives, state), change.state)) throw refused('state')
  return state
}

export type GroupRole = 'owner' | 'admin' | 'member'

/** Null for who is no member. */
export function roleIn(state: GroupState, id: string): GroupRole | null {
  if (id === state.owner) return 'owner'
  if (state.admins.has(id)) return 'admin'
  return state.members.has(id) ? 'member' : null
}
