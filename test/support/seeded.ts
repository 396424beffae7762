/** Randomness that repeats: everything random in a test from one seed, the post-quantum KEMs included. */
import { createHash } from 'node:crypto'
import crypto from 'node:crypto'
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import type { Random } from '#main/ports.ts'
import type { Primitives } from '#main/protocol/primitives.ts'

/** SHA-256(label ‖ u32be counter), block after block. */
export function seededRandom(label: string): Random {
  let counter = 0
  let rest = new Uint8Array()
  return (length) => {
    const blocks = [rest]
    for (let have = rest.length; have < length; have += 32) {
      const count = Buffer.alloc(4)
      count.writeUInt32BE(counter++)
      blocks.push(createHash('sha256').update(label).update(count).digest())
    }
    const bytes = Buffer.concat(blocks)
    rest = new Uint8Array(bytes.subarray(length))
    return new Uint8Array(bytes.subarray(0, length))
  }
}

/** What a test decides by chance. */
export interface Dice {
  /** True in a share `p` of all cases. */
  chance(p: number): boolean
  /** From 0 to `n - 1`. */
  below(n: number): number
}

export function createDice(seed: string): Dice {
  const random = seededRandom(seed)
  const word = () => Buffer.from(random(4)).readUInt32BE()
  return { chance: (p) => word() < p * 2 ** 32, below: (n) => word() % n }
}

/** liboqs draws from the platform; for the length of one call, the platform is `random`. */
function drawingFrom<T>(random: Random, run: () => T): T {
  const original = crypto.randomFillSync
  crypto.randomFillSync = ((target: Uint8Array) => {
    target.set(random(target.length))
    return target
  }) as typeof crypto.randomFillSync
  try {
    return run()
  } finally {
    crypto.randomFillSync = original
  }
}

/** `primitives` with every KEM's own randomness drawn from `random`. */
export const seededPrimitives = (primitives: Primitives, random: Random): Primitives => ({
  ...primitives,
  mlKem768: { ...primitives.mlKem768, encapsulate: (publicKey) => ml_kem768.encapsulate(publicKey, random(32)) },
  sntrup761: {
    ...primitives.sntrup761,
    generateKeyPair: () => drawingFrom(random, primitives.sntrup761.generateKeyPair),
    encapsulate: (publicKey) => drawingFrom(random, () => primitives.sntrup761.encapsulate(publicKey)),
  },
})
