/** A group's state as the keystore keeps it, so that a start does not follow all changes from the beginning. Own data: never sent. */
import * as v from 'valibot'
import { hex, unhex } from './bytes.ts'
import { bytes, decodeCbor, encodeCbor, u64 } from './cbor.ts'
import type { GroupState } from './groupState.ts'
import { decodePublicIdentity } from './identity.ts'
import type { Primitives } from './primitives.ts'

const schema = v.strictObject({
  ...{ generation: u64(), name: v.string(), picture: bytes(), timer: u64(), owner: bytes(32), dissolved: v.boolean() },
  admins: v.array(bytes()),
  members: v.array(v.strictObject({ id: bytes(32), name: v.string(), since: u64() })),
})

export function encodeState({ generation, name, picture, timer, owner, admins, members, dissolved }: GroupState): Uint8Array {
  return encodeCbor({
    ...{ generation, name, picture, timer, owner: unhex(owner), dissolved },
    admins: [...admins.values()].map((admin) => admin.bytes),
    members: [...members].map(([id, { name: called, since }]) => ({ id: unhex(id), name: called, since })),
  })
}

export function decodeState(primitives: Primitives, stored: Uint8Array): GroupState {
  const { owner, admins, members, ...rest } = decodeCbor(stored, schema)
  const identities = admins.map((admin) => decodePublicIdentity(primitives, admin))
  return {
    ...{ ...rest, owner: hex(owner) },
    admins: new Map(identities.map((identity) => [identity.id, identity])),
    members: new Map(members.map(({ id, name, since }) => [hex(id), { name, since }])),
  }
}
