/**
 * Series that move on: an invite of many uses (a public contact address) is open for longer than numbers of one series last, and anybody
 * who holds it may write there. So its two series begin anew each week (docs/protocol.md section 2): what somebody filled up is empty
 * again in the next period.
 */
import { u32be, utf8 } from './bytes.ts'
import type { Primitives } from './primitives.ts'

const day = 24 * 3600_000
export const periodLength = 7 * day
/** Blobs are put at the relay for the present period and so many after it: the owner may be away that long. */
export const periodsAhead = 3
/** Answers are looked for in the present period, the next one (a writer's clock may be ahead), and so many before: blobs live 30 days. */
export const periodsBack = 5

const label = utf8('cairn/1 period')

/** The period that a Unix time in milliseconds lies in. */
export const periodOf = (at: number): number => Math.floor(at / periodLength)

/** `HMAC(seed, "cairn/1 period" ‖ u32be period)`: the RV seed of that period. */
export const periodSeed = (primitives: Primitives, seed: Uint8Array, period: number): Uint8Array =>
  primitives.hmac(seed, label, u32be(period))

/** Periods in which answers may lie that are to be read now. */
export const periodsRead = (now: number): number[] =>
  Array.from({ length: periodsBack + 2 }, (_, i) => periodOf(now) - periodsBack + i).filter((period) => period >= 0)

/** Periods for which the owner's blobs are put at the relay now. */
export const periodsServed = (now: number): number[] => Array.from({ length: periodsAhead + 1 }, (_, i) => periodOf(now) + i)
