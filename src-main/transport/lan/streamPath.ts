/**
 * How long segments may be. Nobody tells us what the path carries, so we begin with what a session takes and go down when full segments
 * vanish while short ones get through (RFC 4821 section 7.7, RFC 8899 section 4.3); now and then a full probe looks whether that still holds.
 */

/** Sealed, and with UDP's and IPv4's headers, below the 576 bytes that every host takes (RFC 791 section 3.1). */
const shortest = 500
/** Longer ones lost in a row, none of them through. Chance alone does that, and with a short one through meanwhile, hardly ever. */
const lostInRow = 8
const raiseMs = 60_000

export interface Path {
  /** Of a segment, at most. */
  readonly size: number
  /** Of one that gets through wherever anything does. */
  readonly least: number
  acknowledged(number: number, bytes: number): void
  /** True where this has made `size` smaller: what is longer and on the way will not arrive. */
  lost(number: number, bytes: number, now: number): boolean
  /** Size of a probe that is due now, or null. */
  probe(now: number): number | null
}

const noRow = { count: 0, first: Infinity, bytes: Infinity }

export function createPath(most: number): Path {
  const least = Math.min(shortest, most)
  let size = most
  let row = noRow
  let long = { number: -1, bytes: 0 } // the last one through that was longer than `least`
  let short = -1 // number of the last one through that was not
  let triedAt = 0
  return {
    get size() {
      return size
    },
    least,
    acknowledged(number, bytes) {
      if (bytes <= least) {
        short = Math.max(short, number)
        return
      }
      if (number > long.number) long = { number, bytes }
      if (bytes >= row.bytes) row = noRow
      if (bytes === most) size = most
    },
    lost(number, bytes, now) {
      const isOther = number < long.number && bytes <= long.bytes // as long a one got through after it
      if (bytes <= least || size === least || isOther) return false
      row = { count: row.count + 1, first: Math.min(row.first, number), bytes: Math.min(row.bytes, bytes) }
      if (row.count < lostInRow || short < row.first) return false
      ;[size, row, triedAt] = [least, noRow, now]
      return true
    },
    probe(now) {
      if (size === most || now - triedAt < raiseMs) return null
      triedAt = now
      return most
    },
  }
}
