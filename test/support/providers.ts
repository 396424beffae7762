import { randomBytes } from 'node:crypto'
import { noblePrimitives } from '#main/crypto/noblePrimitives.ts'
import { nativePrimitives } from '#main/crypto/nativePrimitives.ts'
import { loadSntrup761 } from '#main/crypto/sntrup761.ts'
import { loadSodium } from '#main/crypto/sodiumPrimitives.ts'
import type { Context, Primitives } from '#main/protocol/primitives.ts'

const sntrup761 = await loadSntrup761()

export const noble: Primitives = noblePrimitives(sntrup761)
export const node: Primitives = nativePrimitives(sntrup761, await loadSodium())
/** As on a platform that has no libsodium. */
export const withoutSodium: Primitives = nativePrimitives(sntrup761, null)

/** Every provider, by name: for `describe.each`. */
export const providers: [string, Primitives][] = [
  ['noble', noble],
  ['node', node],
]

/** The context of a protocol step, with real randomness. */
export const testContext = (primitives: Primitives = node, now = 1_750_000_000_000): Context => ({
  primitives,
  random: (length) => new Uint8Array(randomBytes(length)),
  now,
})

/** Bytes of hex, in which white space does not count. */
export const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replace(/\s+/g, ''), 'hex'))

export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** `bytes` with one bit changed. */
export const flipBit = (bytes: Uint8Array, at: number, bit = 0): Uint8Array => {
  const changed = bytes.slice()
  changed[at] = (changed[at] as number) ^ (1 << bit)
  return changed
}
