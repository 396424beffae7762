import { ed25519 } from '@noble/curves/ed25519.js'

/**
 * True for the canonical encoding (RFC 8032 section 5.1.3) of a point of the prime-order subgroup other than the
 * identity. Keys outside it make some signatures valid for one library and invalid for another, or valid for any message.
 */
export const isPrimeOrderPoint = (encoded: Uint8Array): boolean => {
  try {
    const point = ed25519.Point.fromBytes(encoded, false)
    return !point.is0() && point.isTorsionFree()
  } catch {
    return false // not a point
  }
}
