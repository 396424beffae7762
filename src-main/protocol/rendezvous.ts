/**
 * Rendezvous points: where a blob waits at a relay, and who may write and delete it.
 * Source: docs/protocol.md section 4.
 */
import { hex, u32be, utf8 } from './bytes.ts'
import type { Primitives } from './primitives.ts'

const writeLabel = utf8('cairn/1 write')
const deleteLabel = utf8('cairn/1 delete')

/** `hk` is a chain's header key, or an RV seed; `n` the number in that chain or series; `relay` the address string its receiver uses. */
export interface Place {
  hk: Uint8Array
  n: number
  relay: string
}

/** `w = HMAC(hk, "cairn/1 write" ‖ u32be n ‖ r)`: whoever reveals it may write. */
export const writeKey = (primitives: Primitives, { hk, n, relay }: Place): Uint8Array =>
  primitives.hmac(hk, writeLabel, u32be(n), utf8(relay))

/** `d = HMAC(hk, "cairn/1 delete" ‖ u32be n ‖ r)`: whoever reveals it may delete. For chains only; series writers choose theirs at random. */
export const deleteKey = (primitives: Primitives, { hk, n, relay }: Place): Uint8Array =>
  primitives.hmac(hk, deleteLabel, u32be(n), utf8(relay))

/** `RV = H(w)` in lower-case hex, as subscribers name it. */
export const rendezvousPoint = (primitives: Primitives, place: Place): string => hex(primitives.sha256(writeKey(primitives, place)))
