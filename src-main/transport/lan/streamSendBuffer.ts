/** What is to be sent, as one stream of bytes: each message behind its length (u32). Nothing is copied before it goes into a segment. */
import { u32be } from '../../protocol/bytes.ts'

export interface SendBuffer {
  /** One above the last byte. */
  readonly end: number
  push(message: Uint8Array): void
  /** The bytes from `offset` on, into `target` up to its end. */
  copy(offset: number, target: Uint8Array, at: number): void
  /** Bytes before `offset` are not needed any more. */
  release(offset: number): void
}

interface Piece {
  offset: number
  bytes: Uint8Array
}

export function createSendBuffer(): SendBuffer {
  let pieces: Piece[] = []
  let first = 0 // pieces before it are released
  let end = 0
  let last = 0 // where `copy` ended: the next one mostly begins there

  const push = (bytes: Uint8Array): void => {
    pieces.push({ offset: end, bytes })
    end += bytes.length
  }

  const holds = (index: number, offset: number): boolean => {
    const piece = pieces[index]
    return piece !== undefined && index >= first && piece.offset <= offset && offset < piece.offset + piece.bytes.length
  }

  const find = (offset: number): number => {
    if (holds(last, offset)) return last
    let [low, high] = [first, pieces.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if ((pieces[middle] as Piece).offset <= offset) low = middle
      else high = middle - 1
    }
    return low
  }

  return {
    get end() {
      return end
    },
    push(message) {
      push(u32be(message.length))
      if (message.length > 0) push(message)
    },
    copy(offset, target, at) {
      for (let index = find(offset); at < target.length; index++) {
        const piece = pieces[index] as Piece
        const begin = offset - piece.offset
        const length = Math.min(piece.bytes.length - begin, target.length - at)
        target.set(begin === 0 && length === piece.bytes.length ? piece.bytes : piece.bytes.subarray(begin, begin + length), at)
        at += length
        offset += length
        last = index
      }
    },
    release(offset) {
      for (let piece = pieces[first]; piece !== undefined && piece.offset + piece.bytes.length <= offset; piece = pieces[first]) {
        piece.bytes = nothing
        first++
      }
      if (first < 256 || first * 2 < pieces.length) return
      pieces = pieces.slice(first)
      last = Math.max(0, last - first)
      first = 0
    },
  }
}

const nothing = new Uint8Array()
