/** A set of small numbers as bits: number `8j + i` is bit `i` of byte `j`. */
export const emptyBits = (size: number): Uint8Array => new Uint8Array(Math.ceil(size / 8))

export function fullBits(size: number): Uint8Array {
  const bits = emptyBits(size).fill(0xff)
  if (size % 8 !== 0) bits[bits.length - 1] = (1 << (size % 8)) - 1
  return bits
}

export const hasBit = (bits: Uint8Array, n: number): boolean => (((bits[n >> 3] ?? 0) >> (n & 7)) & 1) === 1

export const setBit = (bits: Uint8Array, n: number): void => void (bits[n >> 3] = (bits[n >> 3] ?? 0) | (1 << (n & 7)))

export const clearBit = (bits: Uint8Array, n: number): void => void (bits[n >> 3] = (bits[n >> 3] ?? 0) & ~(1 << (n & 7)))

export function countBits(bits: Uint8Array): number {
  let count = 0
  for (let byte of bits) for (; byte !== 0; byte &= byte - 1) count += 1
  return count
}
