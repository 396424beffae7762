/** How long the way there and back takes: RFC 6298 section 2 with the additions of RFC 9002 sections 5 and 6.2. All in milliseconds. */

/** Longest that we let an acknowledgement wait. */
export const ackDelayMs = 5
/** What we allow the other side for that, with a timer that fires late; and for one that it was asked to send at once. */
const peerDelayMs = 10
const urgentDelayMs = 2
/** What a timer can tell apart. */
const granularityMs = 1
/** Before anything was measured: more than a network of this kind takes. */
const firstRttMs = 40
const longestMs = 1_000

export interface Rtt {
  readonly smoothed: number
  readonly latest: number
  sample(rttMs: number, peerDelay: number): void
  /** Until a probe, after `probes` that brought nothing: twice as long each time. @param isUrgent an acknowledgement was asked for at once */
  timeout(probes: number, isUrgent: boolean): number
}

export function createRtt(): Rtt {
  let [smoothed, variation, least, latest] = [firstRttMs, firstRttMs / 2, Infinity, firstRttMs]
  return {
    get smoothed() {
      return smoothed
    },
    get latest() {
      return latest
    },
    sample(rttMs, peerDelay) {
      latest = Math.max(0, rttMs)
      if (least === Infinity) {
        ;[smoothed, variation, least] = [latest, latest / 2, latest]
        return
      }
      least = Math.min(least, latest)
      const delay = Math.min(peerDelay, peerDelayMs)
      const adjusted = latest >= least + delay ? latest - delay : latest
      variation = 0.75 * variation + 0.25 * Math.abs(smoothed - adjusted)
      smoothed = 0.875 * smoothed + 0.125 * adjusted
    },
    timeout(probes, isUrgent) {
      const once = smoothed + Math.max(4 * variation, granularityMs) + (isUrgent ? urgentDelayMs : peerDelayMs)
      return Math.min(longestMs, once * 2 ** Math.min(probes, 16))
    },
  }
}
