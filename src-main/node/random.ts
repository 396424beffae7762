import { randomFillSync } from 'node:crypto'
import type { Random } from '../ports.ts'

const poolBytes = 4096

/**
 * Bytes of the system's generator, drawn by the pool: a call takes as long for 4 KiB as for a nonce. What is handed out is erased
 * from the pool.
 */
export function createRandom(): Random {
  const pool = new Uint8Array(poolBytes)
  let used = poolBytes
  return (length) => {
    if (length > poolBytes / 8) return randomFillSync(new Uint8Array(length))
    if (used + length > poolBytes) {
      randomFillSync(pool)
      used = 0
    }
    const bytes = pool.slice(used, used + length)
    pool.fill(0, used, used + length)
    used += length
    return bytes
  }
}
