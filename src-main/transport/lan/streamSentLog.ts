/** Which segments are on the way, and which of them are lost: RFC 9002 section 6.1. */
import type { Run } from './streamSegment.ts'

export interface Sent {
  number: number
  /** Of its data in the stream. */
  offset: number
  length: number
  /** Of the whole segment. */
  bytes: number
  at: number
  state: 'onTheWay' | 'acknowledged' | 'lost'
}

export interface SentLog {
  readonly nextNumber: number
  push(sent: Omit<Sent, 'number' | 'state'>): Sent
  /** `late` were taken as lost before. */
  acknowledge(runs: readonly Run[]): { acknowledged: Sent[]; late: Sent[] }
  /** `lost` in order. @param waitMs what is older than something that has come, by this much, is lost */
  detectLost(now: number, waitMs: number): { lost: Sent[]; nextAt: number | null }
  /** The oldest on the way that carry bytes from `offset` on. */
  oldest(count: number, offset: number): Sent[]
  /** Takes those on the way that are longer as lost, and answers them. */
  giveUpLonger(bytes: number): Sent[]
}

/** Reordering up to this many places is no loss; more once it has happened. */
const leastThreshold = 3
const mostThreshold = 512
/** For how long what is lost is remembered, in numbers: it may be late. */
const memory = 128

export function createSentLog(): SentLog {
  let log: Sent[] = []
  let first = 0 // index of the oldest that still matters
  let base = 0 // its number
  let nextNumber = 0
  let largest = -1 // number that was acknowledged
  let threshold = leastThreshold

  const at = (number: number): Sent => log[first + number - base] as Sent

  function forget(): void {
    for (let sent = log[first]; sent !== undefined; sent = log[first]) {
      if (sent.state === 'onTheWay' || (sent.state === 'lost' && sent.number > largest - memory)) break
      first++
      base++
    }
    if (first < 512 || first * 2 < log.length) return
    log = log.slice(first)
    first = 0
  }

  return {
    get nextNumber() {
      return nextNumber
    },
    push(given) {
      const sent: Sent = { ...given, number: nextNumber++, state: 'onTheWay' }
      log.push(sent)
      return sent
    },
    acknowledge(runs) {
      const [acknowledged, late]: [Sent[], Sent[]] = [[], []]
      for (const { low, high } of runs) {
        for (let number = high; number >= low && number >= base; number--) {
          const sent = at(number)
          if (sent.state === 'onTheWay') acknowledged.push(sent)
          else if (sent.state === 'lost') {
            late.push(sent)
            threshold = Math.min(mostThreshold, Math.max(threshold, largest - number + 1))
          }
          sent.state = 'acknowledged'
        }
      }
      largest = Math.max(largest, runs[0]?.high ?? -1)
      return { acknowledged, late }
    },
    detectLost(now, waitMs) {
      const lost: Sent[] = []
      let nextAt: number | null = null
      for (let number = base; number < largest; number++) {
        const sent = at(number)
        if (sent.state !== 'onTheWay') continue
        if (largest - number >= threshold || sent.at + waitMs <= now) {
          sent.state = 'lost'
          lost.push(sent)
        } else nextAt = Math.min(nextAt ?? Infinity, sent.at + waitMs)
      }
      forget()
      return { lost, nextAt }
    },
    oldest(count, offset) {
      const found: Sent[] = []
      for (let index = first; index < log.length && found.length < count; index++) {
        const sent = log[index] as Sent
        if (sent.state === 'onTheWay' && sent.length > 0 && sent.offset + sent.length > offset) found.push(sent)
      }
      return found
    },
    giveUpLonger(bytes) {
      const longer: Sent[] = []
      for (let index = first; index < log.length; index++) {
        const sent = log[index] as Sent
        if (sent.state !== 'onTheWay' || sent.bytes <= bytes) continue
        sent.state = 'lost'
        longer.push(sent)
      }
      return longer
    },
  }
}
