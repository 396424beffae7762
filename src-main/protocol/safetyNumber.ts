/** The number two people compare to know that nobody sits between them; docs/protocol.md section 2. */
import { compareBytes, concat, unhex, utf8 } from './bytes.ts'
import type { Primitives } from './primitives.ts'

const groups = 12
const iterations = 5200

/** A 40-bit number, most significant byte first: within JavaScript's safe integers. */
const u40be = (bytes: Uint8Array, offset: number): number =>
  bytes.subarray(offset, offset + 5).reduce((value, byte) => value * 256 + byte, 0)

/**
 * `ids = min ‖ max`, `d = H("cairn/1 safety" ‖ ids)`, 5,200 times `d = H(d ‖ ids)`, then 60 bytes of HKDF-Expand as 12
 * groups of five digits. The iterations make searching for a colliding key dear; they take about 10 ms.
 *
 * @param idA lower-case hex of an identity's id, as is `idB`; their order does not matter
 */
export const safetyNumber = (primitives: Primitives, idA: string, idB: string): string[] => {
  const [a, b] = [unhex(idA), unhex(idB)]
  const ids = compareBytes(a, b) <= 0 ? concat(a, b) : concat(b, a)
  let d = primitives.sha256(utf8('cairn/1 safety'), ids)
  for (let i = 0; i < iterations; i++) d = primitives.sha256(d, ids)
  const digits = primitives.hkdfExpand(d, utf8('cairn/1 digits'), groups * 5)
  return Array.from({ length: groups }, (_, group) => String(u40be(digits, group * 5) % 100_000).padStart(5, '0'))
}
