/** The sending half of a message stream: what goes when, and again. RFC 9002, with our bytes in the place of QUIC's frames. */
import type { Clock } from '../../ports.ts'
import { createCongestion } from './streamCongestion.ts'
import { createDeadline } from './streamDeadline.ts'
import { createPath } from './streamPath.ts'
import { createRanges } from './streamRanges.ts'
import { createRtt } from './streamRtt.ts'
import { headBytes, type Acknowledgement, type SegmentHead } from './streamSegment.ts'
import { createSendBuffer } from './streamSendBuffer.ts'
import { createSentLog, type Sent } from './streamSentLog.ts'

/** Nothing that we sent was acknowledged for this long, and for so many probes: the other side is gone. */
export const silenceMs = 30_000
const silentProbes = 5
/** RFC 9002 section 6.2.4. */
const segmentsPerProbe = 2
/** Of the window that is known before the other side has said anything; it takes more. */
const firstLimit = 64 * 1024

export interface Sender {
  push(message: Uint8Array): void
  /** Bytes that are not acknowledged. */
  readonly buffered: number
  /** False for one that says what cannot be: nothing of it counts. */
  acknowledged(ack: Acknowledgement): boolean
  /** Sends what may go now. */
  flush(): void
  stop(): void
}

export interface SenderOptions {
  clock: Clock
  maxPayload: number
  /** Bytes that an acknowledgement which goes with the next segment would take. */
  ackSize(): number
  /** Sends a segment; `fill` puts its data in, from the index on. `padding`: so many zeros instead of data. Answers its length. */
  transmit(head: Omit<SegmentHead, 'ack'>, length: number, fill: (bytes: Uint8Array, at: number) => void, padding?: number): number
  /** The other side does not answer. */
  onSilence(): void
}

export function createSender({ clock, maxPayload, ackSize, transmit, onSilence }: SenderOptions): Sender {
  const [buffer, log, lost, rtt, path] = [createSendBuffer(), createSentLog(), createRanges(), createRtt(), createPath(maxPayload)]
  const congestion = createCongestion(maxPayload)
  let unsent = 0 // first byte that was never sent
  let arrived = 0 // every byte before it is there
  let limit = firstLimit
  let probes = 0 // since something was acknowledged
  let asks = 0 // whether `limit` has grown, since it did
  let heardAt = 0 // last acknowledgement of something, or when something began to be on the way
  let last = { at: 0, isUrgent: false }
  let reordering = 9 / 8 // round trips that a segment may be late (RFC 9002 section 6.1.2); more once it has happened
  let lossAt: number | null = null
  let paceAt: number | null = null
  let isLimited = false // by the congestion window, and not by how much there is to send
  let isStopped = false
  const deadline = createDeadline(clock, onDeadline)

  const isWaiting = (): boolean => lost.runs.length > 0 || unsent < buffer.end

  /** What goes next: what was lost, then what is new. */
  function next(): { offset: number; length: number } {
    const again = lost.runs[0]
    if (again !== undefined) return { offset: again.low, length: again.high - again.low + 1 }
    return { offset: unsent, length: Math.min(buffer.end, limit) - unsent }
  }

  function emit(offset: number, length: number, isUrgent: boolean, padding?: number): void {
    const fill = (bytes: Uint8Array, at: number): void => buffer.copy(offset, bytes, at)
    const now = clock.now()
    if (congestion.inFlight === 0) heardAt = now
    last = { at: now, isUrgent }
    const bytes = transmit({ number: log.nextNumber, isUrgent, offset }, length, fill, padding)
    log.push({ offset, length, bytes, at: now })
    congestion.sent(bytes)
    lost.remove(offset, offset + length - 1)
    unsent = Math.max(unsent, offset + length)
  }

  const room = (size: number): number => size - headBytes - ackSize()

  function flush(): void {
    paceAt = null
    isLimited = false
    const now = clock.now()
    for (let part = next(); part.length > 0 && !isStopped; part = next()) {
      const length = Math.min(part.length, room(path.size))
      const at = congestion.mayAt(now, headBytes + length, rtt.smoothed)
      if (at !== now) {
        paceAt = at
        isLimited = true
        break
      }
      const full = headBytes + path.size
      emit(part.offset, length, congestion.inFlight + 2 * full > congestion.window)
    }
    if (path.size < maxPayload) lookForLonger(now)
    schedule()
  }

  /** A probe as long as segments may be at most: if it gets through, they are again. */
  function lookForLonger(now: number): void {
    const size = path.probe(now)
    if (size !== null) emit(arrived, 0, true, size - 7 - ackSize())
  }

  const probeDue = (): number => last.at + rtt.timeout(Math.max(probes, asks), last.isUrgent)

  function schedule(): void {
    if (isStopped) return
    // with nothing on the way and something held back by the other side's limit, somebody has to ask whether it has grown
    const isBlocked = congestion.inFlight > 0 || (isWaiting() && paceAt === null)
    const probeAt = isBlocked ? probeDue() : null
    const times = [lossAt ?? probeAt, paceAt].filter((at) => at !== null)
    deadline.set(times.length === 0 ? null : Math.min(...times))
  }

  function onDeadline(): void {
    const now = clock.now()
    if (lossAt !== null && lossAt <= now) judge(now)
    else if (paceAt === null && !probe(now)) return
    flush()
  }

  /** Asks whether anything arrives (RFC 9002 section 6.2); false where nobody has answered for too long. */
  function probe(now: number): boolean {
    if (now < probeDue()) return true
    probes++
    if (probes > silentProbes && now - heardAt >= silenceMs) {
      onSilence()
      return false
    }
    const oldest = log.oldest(segmentsPerProbe, arrived)
    if (oldest.length === 0) {
      asks++
      emit(arrived, 0, true)
    } else probeWith(oldest)
    return true
  }

  function probeWith(oldest: readonly Sent[]): void {
    for (let i = 0; i < segmentsPerProbe; i++) {
      const sent = oldest[i % oldest.length] as Sent
      const offset = Math.max(sent.offset, arrived)
      // only the first of all is full: perhaps it is the length that does not get through
      const most = room(probes === 1 && i === 0 ? path.size : path.least)
      emit(offset, Math.min(sent.offset + sent.length - offset, most), true)
    }
  }

  function count({ number, bytes }: Sent): void {
    congestion.acknowledged(number, bytes, isLimited)
    path.acknowledged(number, bytes)
  }

  /** What is lost by now goes again. */
  function judge(now: number): void {
    const waitMs = Math.max(1, reordering * Math.max(rtt.smoothed, rtt.latest))
    const { lost: found, nextAt } = log.detectLost(now, waitMs)
    lossAt = nextAt
    for (const sent of found) {
      again(sent)
      if (sent.length === 0) congestion.dropped(sent.bytes)
      else congestion.lost(sent.number, sent.bytes, log.nextNumber)
      if (path.lost(sent.number, sent.bytes, now)) giveUpLonger()
    }
    if (isPersistent(found)) congestion.collapse()
  }

  function giveUpLonger(): void {
    for (const sent of log.giveUpLonger(path.size)) {
      again(sent)
      congestion.dropped(sent.bytes)
    }
  }

  function again({ offset, length }: Sent): void {
    const from = Math.max(offset, arrived)
    if (from < offset + length) lost.add(from, offset + length - 1)
  }

  /** RFC 9002 section 7.6: all of a stretch this long is lost. */
  function isPersistent(found: readonly Sent[]): boolean {
    const longest = 3 * rtt.timeout(0, false)
    let begin = found[0]
    for (const [i, sent] of found.entries()) {
      if (i > 0 && sent.number !== (found[i - 1] as Sent).number + 1) begin = sent
      if (begin !== undefined && sent.at - begin.at > longest) return true
    }
    return false
  }

  return {
    push: (message) => buffer.push(message),
    get buffered() {
      return buffer.end - arrived
    },
    acknowledged(ack) {
      const highest = (ack.runs[0] as { high: number }).high
      if (highest >= log.nextNumber || ack.next > unsent) return false
      const now = clock.now()
      arrived = Math.max(arrived, ack.next)
      if (ack.limit > limit) [limit, asks] = [ack.limit, 0]
      buffer.release(arrived)
      const { acknowledged, late } = log.acknowledge(ack.runs)
      const newest = acknowledged[0]
      if (newest?.number === highest) rtt.sample(now - newest.at, ack.delayMs)
      for (const sent of acknowledged) count(sent)
      if (late.length > 0) reordering = 2
      for (const { number, length } of late) if (length > 0) congestion.late(number)
      for (const { offset, length } of [...late, ...acknowledged]) if (length > 0) lost.remove(offset, offset + length - 1)
      if (arrived > 0) lost.remove(0, arrived - 1)
      if (acknowledged.length > 0 || late.length > 0) {
        probes = 0
        heardAt = now
      }
      judge(now)
      return true
    },
    flush,
    stop() {
      isStopped = true
      deadline.set(null)
    },
  }
}
