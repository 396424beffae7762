/**
 * Groups in a backup: the changes from the first one on, as many as there is room for. It is enough to come back: every one is checked
 * again, and what came after them is fetched from any member.
 */
import * as v from 'valibot'
import { CairnError } from '#shared/errors.ts'
import { limits } from '#shared/contract/limits.ts'
import { bytes, decodeVersion1, encodeCbor } from '../../protocol/cbor.ts'
import { decodeChange } from '../../protocol/groupChange.ts'
import { applyChange, roleIn, type GroupState } from '../../protocol/groupState.ts'
import { encodeState } from '../../protocol/groupSummary.ts'
import type { Primitives } from '../../protocol/primitives.ts'
import type { Stores } from '../core.ts'

/** Of one group, and of all: a backup has a size. */
const oneMost = 96 * 1024
const allMost = 1024 * 1024

const schema = v.strictObject({ v: v.literal(1), changes: v.pipe(v.array(bytes({ max: limits.groupChangeBytes })), v.minLength(1)) })

/** Of groups this person is in. The same for the same state. */
export function savedGroups(stores: Stores): Uint8Array[] {
  const saved: Uint8Array[] = []
  let room = allMost
  for (const { contact, state } of stores.groups.all()) {
    if (state !== 'member') continue
    const changes = within(
      stores.groups.wayAfter(contact, -1).map((change) => change.bytes),
      oneMost,
    )
    const group = encodeCbor({ v: 1, changes })
    room -= group.length
    if (room < 0) break
    if (changes.length > 0) saved.push(group)
  }
  return saved
}

function within(list: readonly Uint8Array[], size: number): Uint8Array[] {
  let room = size
  const end = list.findIndex(({ length }) => (room -= length + 8) < 0)
  return end === -1 ? [...list] : list.slice(0, end)
}

/** How many were not here. One that is damaged is left out: the others and the contacts matter more. In the caller's transaction. */
export function putGroups(
  stores: Stores,
  { primitives, now }: { primitives: Primitives; now: number },
  me: string,
  saved: readonly Uint8Array[],
): number {
  let put = 0
  for (const one of saved) {
    try {
      const { changes } = decodeVersion1(one, schema)
      if (putGroup(stores, primitives, { me, now }, changes)) put += 1
    } catch (error) {
      if (!(error instanceof CairnError) || error.family === 'Storage') throw error
      stores.profile.countRefusal(null, `backup.${error.code}`)
    }
  }
  return put
}

function putGroup(stores: Stores, primitives: Primitives, { me, now }: { me: string; now: number }, list: readonly Uint8Array[]): boolean {
  let [state, head, ownerSigned]: [GroupState | null, string | null, number] = [null, null, 0]
  const changes = list.map((received) => {
    const change = decodeChange(primitives, received)
    if (change.parent !== head) throw new CairnError('codec.malformed')
    ownerSigned += state === null || state.owner === change.signer ? 1 : 0
    state = applyChange(primitives, state, change)
    head = change.hash
    return { ...change, ownerSigned, tries: 0 }
  })
  const [first, after] = [changes[0], state as GroupState | null]
  if (!first || after === null || stores.contacts.byId(first.hash) !== null) return false
  const { no } = stores.contacts.insertGroup({ id: first.hash, name: after.name, now })
  stores.contacts.update(no, { timer: after.timer })
  const isIn = after.members.has(me)
  const inviter = isIn ? null : after.owner
  stores.groups.insert({ contact: no, state: isIn ? 'member' : 'joining', inviter, members: after.members.size, picture: after.picture })
  for (const change of changes) {
    stores.groups.addChange(no, change)
    stores.groups.setWay(no, change.hash, true)
  }
  stores.groups.update(no, { head, summary: encodeState(after), role: roleIn(after, me) })
  for (const [member, { name, since }] of after.members)
    if (member !== me) stores.groups.putPerson(no, { member, name, state: 'member', since, at: now })
  return true
}
