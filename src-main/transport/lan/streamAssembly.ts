/** Pieces of the other side's stream, in whatever order they come, put together to messages. */
import { messageMax } from './streamSegment.ts'

export interface Assembly {
  /** Every byte before this one has come. */
  readonly next: number
  /** Every byte before this one has been put into a message. */
  readonly taken: number
  /** False where it would hold too many pieces: then it is as if it had not come. Keeps `data`. */
  add(offset: number, data: Uint8Array): boolean
  /** The next whole message, null as long as there is none; 'tooLong' where the other side breaks the limit: for good. */
  take(): Uint8Array | null | 'tooLong'
}

/** Of pieces behind a gap, so that many small ones do not cost many times what they carry; twice as many while a reader pauses. */
const mostPieces = 4096

interface Piece {
  offset: number
  data: Uint8Array
}

const endOf = ({ offset, data }: Piece): number => offset + data.length

export function createAssembly(): Assembly {
  /** In order, not overlapping. */
  const pieces: Piece[] = []
  let next = 0
  let taken = 0
  const head = new Uint8Array(4)
  let headLength = 0
  let message: Uint8Array | null = null
  let filled = 0

  /** Index of the first piece that ends behind `offset`. */
  const from = (offset: number): number => {
    let [low, high] = [0, pieces.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (endOf(pieces[middle] as Piece) <= offset) low = middle + 1
      else high = middle
    }
    return low
  }

  /** What of it is new goes between what is there. */
  function insert(offset: number, data: Uint8Array): void {
    const end = offset + data.length
    let start = Math.max(offset, next)
    for (let index = from(start); start < end; index++) {
      const piece = pieces[index]
      const stop = piece === undefined ? end : Math.min(end, piece.offset)
      if (stop > start) pieces.splice(index++, 0, { offset: start, data: data.subarray(start - offset, stop - offset) })
      if (piece === undefined) return
      start = endOf(piece)
    }
  }

  function advance(): void {
    for (let index = from(next), piece = pieces[index]; piece !== undefined && piece.offset === next; piece = pieces[++index]) {
      next = endOf(piece)
    }
  }

  /** Bytes of `data` that a message took, beginning with its length. */
  function fill(data: Uint8Array): number | 'tooLong' {
    let at = 0
    while (headLength < 4 && at < data.length) head[headLength++] = data[at++] as number
    if (headLength < 4) return at
    if (message === null) {
      const length = (head[0] as number) * 2 ** 24 + (((head[1] as number) << 16) | ((head[2] as number) << 8) | (head[3] as number))
      if (length > messageMax) return 'tooLong'
      message = new Uint8Array(length)
      filled = 0
    }
    const length = Math.min(message.length - filled, data.length - at)
    message.set(at === 0 && length === data.length ? data : data.subarray(at, at + length), filled)
    filled += length
    return at + length
  }

  return {
    get next() {
      return next
    },
    get taken() {
      return taken
    },
    add(offset, data) {
      if (offset + data.length <= next) return true
      if (pieces.length >= (offset > next ? 1 : 2) * mostPieces) return false
      insert(offset, data)
      advance()
      return true
    },
    take() {
      for (let piece = pieces[0]; piece !== undefined && piece.offset === taken; piece = pieces[0]) {
        const used = fill(piece.data)
        if (used === 'tooLong') return used
        taken += used
        if (used === piece.data.length) pieces.shift()
        else pieces[0] = { offset: taken, data: piece.data.subarray(used) }
        if (message === null || filled < message.length) continue
        const whole = message
        message = null
        headLength = 0
        return whole
      }
      return null
    },
  }
}
