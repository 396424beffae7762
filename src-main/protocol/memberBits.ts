/**
 * Some of a group's members, as bits over all of them: `unheard` of `group.head`, docs/protocol.md section 9. Their ids, 32 bytes each, would
 * make a large blob of a message that is sent often.
 */
import { limits } from '#shared/contract/limits.ts'
import type { GroupState } from './groupState.ts'

type Members = Pick<GroupState, 'members'>

export const memberBitsMost = Math.ceil(limits.groupMembers / 8)

const inOrder = ({ members }: Members): string[] => [...members.keys()].toSorted()

/** Bit `i`, the lowest of a byte first, is the `i`-th member by id (hex). Without the zero bytes at the end; who is no member has no bit. */
export function packMembers(state: Members, ids: readonly string[]): Uint8Array {
  const named = new Set(ids)
  const bits = new Uint8Array(memberBitsMost)
  let used = 0
  for (const [i, id] of inOrder(state).entries()) {
    if (!named.has(id)) continue
    used = (i >> 3) + 1
    bits[i >> 3] = (bits[i >> 3] as number) | (1 << (i & 7))
  }
  return bits.slice(0, used)
}

/** Ids in hex, in their order. Bits past the last member say nothing. */
export const unpackMembers = (state: Members, bits: Uint8Array): string[] =>
  inOrder(state).filter((_, i) => (((bits[i >> 3] ?? 0) >> (i & 7)) & 1) === 1)
