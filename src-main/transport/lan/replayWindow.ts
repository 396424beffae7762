/** Which of the last 1,024 numbers have come already: the sliding window of RFC 4303 section 3.4.3, as a ring (RFC 6479). */

const size = 1024

export interface ReplayWindow {
  /** False for a number that came before, or is too old to tell. */
  isNew(counter: number): boolean
  /** Only once the packet has proved to be genuine. */
  add(counter: number): void
}

export function createReplayWindow(): ReplayWindow {
  const seen = new Uint8Array(size)
  let next = 0 // one above the highest that came
  return {
    isNew: (counter) => counter >= next || (counter >= next - size && seen[counter % size] === 0),
    add(counter) {
      if (counter >= next) {
        for (let skipped = Math.max(next, counter - size + 1); skipped < counter; skipped++) seen[skipped % size] = 0
        next = counter + 1
      }
      seen[counter % size] = 1
    },
  }
}
