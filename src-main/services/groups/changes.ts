/**
 * The tree of changes that is known of a group, and the one this person holds to. What comes is judged by the state before it alone and
 * kept if it is good, on whichever branch; the head moves where another branch counts (docs/protocol.md section 9).
 */
import { CairnError } from '#shared/errors.ts'
import { hex } from '../../protocol/bytes.ts'
import { fork, winsOver } from '../../protocol/groupBranches.ts'
import { decodeChange, groupOf, signChange, type GroupChange, type Operation } from '../../protocol/groupChange.ts'
import { afterOperation, applyChange, stateDigest, type GroupState } from '../../protocol/groupState.ts'
import { decodeState, encodeState } from '../../protocol/groupSummary.ts'
import type { ChangeRow, GroupRow } from '../../storage/groupStore.ts'
import type { Core } from '../core.ts'

/** Kept beside the head's way: of all, and of one signer. Nobody honest comes near. */
const besideMost = 2_000
const besideOfOne = 200
/** How often an own change is done again after its branch has lost. */
const triesMost = 5
const statesCached = 64

/** The head went from one change to another. */
export interface Move {
  before: GroupState | null
  after: GroupState
  /** What is on the head's way now and was not before, the oldest first. */
  followed: ChangeRow[]
}

export interface Learned {
  added: number
  /** The parent of one of them is not known here. */
  missing: boolean
  /** The last one that is known now. */
  last: string | null
  refused: CairnError[]
  move: Move | null
}

export type Changes = ReturnType<typeof createChanges>

export function createChanges(core: Core) {
  const { stores } = core
  const { primitives } = core.ports
  /** By the hash of the change they follow: they are never another. */
  const states = new Map<string, GroupState>()

  function remember(hash: string, state: GroupState): GroupState {
    states.delete(hash)
    states.set(hash, state)
    for (const oldest of states.keys()) {
      if (states.size <= statesCached) break
      states.delete(oldest)
    }
    return state
  }

  const known = (contact: number, hash: string): ChangeRow => {
    const row = stores.groups.change(contact, hash)
    if (!row) throw new Error('a change of a group is not in the keystore')
    return row
  }

  /** The state after a known change. */
  function stateAt(row: GroupRow, hash: string): GroupState {
    const replay: ChangeRow[] = []
    let state: GroupState | null = null
    for (let at: string | null = hash; at !== null && state === null;) {
      state = states.get(at) ?? (at === row.head && row.summary ? decodeState(primitives, row.summary) : null)
      if (state !== null) break
      const change = known(row.contact, at)
      replay.push(change)
      at = change.parent
    }
    for (const { bytes } of replay.reverse()) {
      const { signer, op } = decodeChange(primitives, bytes)
      state = afterOperation(primitives, state, signer, op)
    }
    return remember(hash, state as GroupState)
  }

  /** Whether these are members after a change, where that is known here. */
  const areIn = (row: GroupRow, hash: string, ids: readonly string[]): boolean =>
    stores.groups.change(row.contact, hash) !== null && ids.every((id) => stateAt(row, hash).members.has(id))

  /** Null before the first change is here. */
  const headState = (row: GroupRow): GroupState | null => (row.head === null ? null : stateAt(row, row.head))

  function wins(row: GroupRow, head: string | null, other: ChangeRow): boolean {
    if (head === null) return true
    const linkOf = (hash: string) => (hash === other.hash ? other : known(row.contact, hash))
    return winsOver(other, linkOf(head), linkOf)
  }

  /** Checks one whose parent is known, and keeps it. */
  function judge(row: GroupRow, head: string | null, change: GroupChange, tries: number): { change: ChangeRow; wins: boolean } {
    const parent = change.parent === null ? null : known(row.contact, change.parent)
    const before = parent === null ? null : stateAt(row, parent.hash)
    const after = applyChange(primitives, before, change)
    const { hash, generation, signer, bytes } = change
    const ownerSigned = (parent?.ownerSigned ?? 0) + (before === null || before.owner === signer ? 1 : 0)
    const placed = { hash, parent: change.parent, generation, ownerSigned, signer, tries, bytes, way: false }
    const isBetter = wins(row, head, placed)
    if (!isBetter && isFull(row.contact, signer)) throw new CairnError('group.refused', { details: { why: 'too-many' } })
    stores.groups.addChange(row.contact, placed)
    remember(hash, after)
    return { change: placed, wins: isBetter }
  }

  function isFull(contact: number, signer: string): boolean {
    const { total, own } = stores.groups.beside(contact, signer)
    return total >= besideMost || own >= besideOfOne
  }

  /** In the caller's transaction; whoever calls it does what follows from the move. */
  function learn(row: GroupRow, group: string, list: readonly Uint8Array[]): Learned {
    const result: Learned = { added: 0, missing: false, last: null, refused: [], move: null }
    let { head } = row
    for (const received of list) {
      try {
        const change = decodeChange(primitives, received)
        if (groupOf(change) !== group) throw new CairnError('group.refused', { details: { why: 'other-group' } })
        if (stores.groups.change(row.contact, change.hash) === null) {
          if (change.parent !== null && stores.groups.change(row.contact, change.parent) === null) {
            result.missing = true
            continue
          }
          const judged = judge(row, head, change, 0)
          if (judged.wins) head = judged.change.hash
          result.added += 1
        }
        result.last = change.hash
      } catch (error) {
        if (!(error instanceof CairnError) || error.family === 'Storage') throw error
        result.refused.push(error)
      }
    }
    if (head !== null && head !== row.head) result.move = moveTo(row, head)
    return result
  }

  function moveTo(row: GroupRow, head: string): Move {
    const linkOf = (hash: string) => known(row.contact, hash)
    const to = linkOf(head)
    const common = row.head === null ? null : fork(to, linkOf(row.head), linkOf).common.hash
    const way = (from: string | null): ChangeRow[] => {
      const rows: ChangeRow[] = []
      for (let at = from; at !== null && at !== common;) {
        const change = linkOf(at)
        rows.push(change)
        at = change.parent
      }
      return rows.reverse()
    }
    const before = headState(row)
    const me = core.identity().id
    for (const { hash, signer, tries } of way(row.head)) stores.groups.setWay(row.contact, hash, false, signer === me && tries < triesMost)
    const followed = way(head)
    for (const { hash } of followed) stores.groups.setWay(row.contact, hash, true)
    const after = stateAt(row, head)
    stores.groups.update(row.contact, { head, summary: encodeState(after) })
    return { before, after, followed }
  }

  /**
   * An own change on the head, kept, and the head moved to it; in the caller's transaction.
   * Errors: `group.refused` for what may not be.
   */
  function sign(row: GroupRow, group: string, op: Operation, tries = 0): Move {
    const before = headState(row)
    const me = core.identity()
    const state = afterOperation(primitives, before, me.id, op)
    const place = { group: row.head === null ? null : group, parent: row.head, generation: state.generation }
    const change = signChange(primitives, me, { ...place, at: core.now(), op, state: stateDigest(primitives, state) })
    judge(row, row.head, change, tries)
    return moveTo(row, change.hash)
  }

  /** The first one of a new group: it makes the group's id. */
  function begin(name: string): GroupChange {
    const me = core.identity()
    const op = { op: 'create' as const, name, owner: me.publicBytes, salt: core.ports.random(16) }
    const state = stateDigest(primitives, afterOperation(primitives, null, me.id, op))
    return signChange(primitives, me, { group: null, parent: null, generation: 0, at: core.now(), op, state })
  }

  /** Hashes on the head's way: the newest first, then at growing distances, the first change last. */
  function locator({ contact, head }: GroupRow): string[] {
    if (head === null) return []
    const { generation } = known(contact, head)
    const hashes: string[] = []
    for (let at = generation, step = 1; at > 0; at -= step, step *= hashes.length > 8 ? 2 : 1) {
      const hash = stores.groups.wayAt(contact, at)
      if (hash !== null) hashes.push(hash)
    }
    const first = stores.groups.wayAt(contact, 0)
    return first === null ? hashes : [...hashes, first]
  }

  /** The generation of the last change that both have: of those named, and of what comes before them. -1: none. */
  function sharedWith(row: GroupRow, hashes: readonly string[]): number {
    let best = -1
    for (const named of hashes) {
      let change = stores.groups.change(row.contact, named)
      while (change !== null && !change.way) change = change.parent === null ? null : stores.groups.change(row.contact, change.parent)
      best = Math.max(best, change?.generation ?? -1)
    }
    return best
  }

  /**
   * How much of the head's way after `from` somebody who is out may see, so as to know it: up to the first change after which it is out and
   * which counts for more than `theirs`, the change it holds to. Null where by that change it never was in.
   */
  function endFor(row: GroupRow, member: string, theirs: string, from: number): number | null {
    const held = stores.groups.change(row.contact, theirs)
    if (held === null || !stateAt(row, theirs).members.has(member)) return null
    const linkOf = (hash: string) => known(row.contact, hash)
    const start = stores.groups.wayAt(row.contact, from)
    let state = start === null ? null : stateAt(row, start)
    for (const change of stores.groups.wayAfter(row.contact, from)) {
      const { signer, op } = decodeChange(primitives, change.bytes)
      state = afterOperation(primitives, state, signer, op)
      if (!state.members.has(member) && winsOver(change, held, linkOf)) return change.generation
    }
    return null
  }

  /** The last change on the head's way that took somebody out. */
  function removalOf(row: GroupRow, member: string): ChangeRow | null {
    return stores.groups.wayAfter(row.contact, 0).findLast(({ bytes }) => removes(decodeChange(primitives, bytes).op, member)) ?? null
  }

  const decode = (change: Pick<ChangeRow, 'bytes'>): GroupChange => decodeChange(primitives, change.bytes)

  return { headState, stateAt, areIn, learn, sign, begin, locator, sharedWith, endFor, removalOf, decode }
}

const removes = (op: Operation, member: string): boolean => op.op === 'remove' && op.members.some((id) => hex(id) === member)
