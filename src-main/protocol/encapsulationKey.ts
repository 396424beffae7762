const encodedBytes = 1184
const coefficientBytes = 1152
const q = 3329

/**
 * Whether `key` may be encapsulated to: FIPS 203 section 7.2, the length and each of the 768 twelve-bit coefficients below q.
 * Asked on receipt too, where a key that fails would otherwise stop only our next send, and every one after it.
 */
export const isEncapsulationKey = (key: Uint8Array): boolean => {
  if (key.length !== encodedBytes) return false
  for (let i = 0; i < coefficientBytes; i += 3) {
    const [a, b, c] = [key[i] as number, key[i + 1] as number, key[i + 2] as number]
    if ((a | ((b & 15) << 8)) >= q || ((b >> 4) | (c << 4)) >= q) return false
  }
  return true
}
