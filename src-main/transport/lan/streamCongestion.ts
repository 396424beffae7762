/** How much may be on the way: NewReno as in RFC 9002 section 7 and appendix B, paced as in section 7.7. Bytes, milliseconds. */

export interface Congestion {
  readonly window: number
  readonly inFlight: number
  /** When `bytes` more may go: `now`, a later time, or null as long as the window is full. */
  mayAt(now: number, bytes: number, smoothedRtt: number): number | null
  sent(bytes: number): void
  /** @param isLimited the window was what held us back: else its size proves nothing (section 7.8) */
  acknowledged(number: number, bytes: number, isLimited: boolean): void
  /** @param nextNumber of what is sent from now on: what is on the way already is not a second event (section 7.3.2) */
  lost(number: number, bytes: number, nextNumber: number): void
  /** Was counted as lost and has come. Once all of an event have, it was none (RFC 4015). */
  late(number: number): void
  /** Is no longer on the way, and says nothing of congestion. */
  dropped(bytes: number): void
  /** Section 7.6. */
  collapse(): void
}

/** RFC 9002 has 2: with those, every other loss on a bad network waits for a probe. */
const least = 4
const first = 10

/** @param segment bytes of a full one */
export function createCongestion(segment: number): Congestion {
  let window = first * segment
  let threshold = Infinity
  let inFlight = 0
  let recoveryBefore = 0
  let event = { window, threshold, first: Infinity, losses: 0 } // the last one, and what was before it
  let pace = { tokens: first * segment, at: 0 }

  /** Bytes in a millisecond. */
  const rate = (smoothedRtt: number): number => ((window < threshold ? 2 : 1.25) * window) / Math.max(smoothedRtt, 0.5)

  return {
    get window() {
      return window
    },
    get inFlight() {
      return inFlight
    },
    mayAt(now, bytes, smoothedRtt) {
      if (inFlight + bytes > window) return null
      const perMs = rate(smoothedRtt)
      const burst = Math.max(first * segment, 2 * perMs)
      pace = { tokens: Math.min(burst, pace.tokens + perMs * Math.max(0, now - pace.at)), at: now }
      return pace.tokens > 0 ? now : now + Math.max(1, Math.ceil(-pace.tokens / perMs))
    },
    sent(bytes) {
      inFlight += bytes
      pace.tokens -= bytes
    },
    acknowledged(number, bytes, isLimited) {
      inFlight -= bytes
      if (!isLimited || number < recoveryBefore) return
      window += window < threshold ? bytes : (segment * bytes) / window
    },
    lost(number, bytes, nextNumber) {
      inFlight -= bytes
      event.losses++
      if (number < recoveryBefore) return
      recoveryBefore = nextNumber
      event = { window, threshold, first: number, losses: 1 }
      threshold = Math.max(window / 2, least * segment)
      window = threshold
    },
    late(number) {
      if (number < event.first || number >= recoveryBefore || --event.losses !== 0) return
      window = Math.max(window, event.window)
      threshold = event.threshold
    },
    dropped(bytes) {
      inFlight -= bytes
    },
    collapse() {
      window = least * segment
    },
  }
}
