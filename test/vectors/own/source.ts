/**
 * Where randomness comes from while vectors are made, and while they are checked: the same derivation runs once recording what it
 * draws, and ever after from the record alone.
 */
import { hex, unhex } from '#main/protocol/bytes.ts'
import type { Context, Primitives } from '#main/protocol/primitives.ts'

/** Everything that is not determined by the other inputs, in the order in which it is drawn. */
export interface Drawn {
  random: string[]
  /** Results of encapsulation: the KEMs draw their own randomness, so what they answered is an input. */
  sntrup761: { cipherText: string; sharedSecret: string }[]
  mlKem768: { cipherText: string; sharedSecret: string }[]
}

const nothingDrawn = (): Drawn => ({ random: [], sntrup761: [], mlKem768: [] })
const inHex = ({ cipherText, sharedSecret }: { cipherText: Uint8Array; sharedSecret: Uint8Array }) => ({
  cipherText: hex(cipherText),
  sharedSecret: hex(sharedSecret),
})

/** `now` of every vector: 2025-06-15T15:06:40Z. */
export const vectorTime = 1_750_000_000_000

export function recording(primitives: Primitives, random: (length: number) => Uint8Array): { context: Context; drawn: Drawn } {
  const drawn = nothingDrawn()
  const recorded = <T extends { cipherText: Uint8Array; sharedSecret: Uint8Array }>(list: Drawn['mlKem768'], result: T): T => {
    list.push(inHex(result))
    return result
  }
  const context: Context = {
    now: vectorTime,
    random: (length) => {
      const bytes = random(length)
      drawn.random.push(hex(bytes))
      return bytes
    },
    primitives: {
      ...primitives,
      sntrup761: { ...primitives.sntrup761, encapsulate: (key) => recorded(drawn.sntrup761, primitives.sntrup761.encapsulate(key)) },
      mlKem768: { ...primitives.mlKem768, encapsulate: (key) => recorded(drawn.mlKem768, primitives.mlKem768.encapsulate(key)) },
    },
  }
  return { context, drawn }
}

export function replaying(primitives: Primitives, drawn: Drawn): { context: Context; left: () => number } {
  const rest: Drawn = { random: [...drawn.random], sntrup761: [...drawn.sntrup761], mlKem768: [...drawn.mlKem768] }
  const next = <T>(list: T[]): T => {
    const value = list.shift()
    if (value === undefined) throw new Error('more is drawn than was recorded')
    return value
  }
  const encapsulated = (list: Drawn['mlKem768']) => {
    const { cipherText, sharedSecret } = next(list)
    return { cipherText: unhex(cipherText), sharedSecret: unhex(sharedSecret) }
  }
  const context: Context = {
    now: vectorTime,
    random: (length) => {
      const bytes = unhex(next(rest.random))
      if (bytes.length !== length) throw new Error('another length is drawn than was recorded')
      return bytes
    },
    primitives: {
      ...primitives,
      sntrup761: { ...primitives.sntrup761, encapsulate: () => encapsulated(rest.sntrup761) },
      mlKem768: { ...primitives.mlKem768, encapsulate: () => encapsulated(rest.mlKem768) },
    },
  }
  return { context, left: () => rest.random.length + rest.sntrup761.length + rest.mlKem768.length }
}
