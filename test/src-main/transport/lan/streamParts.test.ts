/** The parts of a message stream that have a simple truth to be held against. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAssembly } from '#main/transport/lan/streamAssembly.ts'
import { createCongestion } from '#main/transport/lan/streamCongestion.ts'
import { createPath } from '#main/transport/lan/streamPath.ts'
import { createRanges } from '#main/transport/lan/streamRanges.ts'
import { createRtt } from '#main/transport/lan/streamRtt.ts'
import { createSendBuffer } from '#main/transport/lan/streamSendBuffer.ts'

describe('ranges', () => {
  it('hold what a set of numbers holds', () => {
    const step = fc.record({ isAdd: fc.boolean(), low: fc.nat(60), length: fc.nat(15) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const ranges = createRanges()
        const truth = new Set<number>()
        for (const { isAdd, low, length } of steps) {
          if (isAdd) ranges.add(low, low + length)
          else ranges.remove(low, low + length)
          for (let n = low; n <= low + length; n++) void (isAdd ? truth.add(n) : truth.delete(n))
        }
        expect(Array.from({ length: 80 }, (_, n) => ranges.has(n))).toEqual(Array.from({ length: 80 }, (_, n) => truth.has(n)))
        expect(ranges.runs.every(({ low }, i) => low > (ranges.runs[i - 1]?.high ?? -2) + 1)).toBe(true)
      }),
    )
  })

  it('forget the lowest where there are too many', () => {
    const ranges = createRanges(2)
    for (const n of [5, 1, 9]) ranges.add(n, n)
    expect(ranges.runs).toEqual([
      { low: 5, high: 5 },
      { low: 9, high: 9 },
    ])
  })
})

const framed = (messages: Uint8Array[]): Uint8Array => {
  const buffer = createSendBuffer()
  for (const message of messages) buffer.push(message)
  const stream = new Uint8Array(buffer.end)
  buffer.copy(0, stream, 0)
  return stream
}

describe('pieces of a stream', () => {
  it('become its messages, in whatever order, size and number of copies they come', () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 60 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(messages, fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 1, max: 50 })), { maxLength: 60 }), (sent, cuts) => {
        const stream = framed(sent)
        const assembly = createAssembly()
        const whole = Array.from({ length: Math.ceil(stream.length / 7) }, (_, i): [number, number] => [i * 7, 7])
        const received: Uint8Array[] = []
        for (const [at, length] of [...cuts, ...whole]) {
          if (at < stream.length) expect(assembly.add(at, stream.subarray(at, at + length))).toBe(true)
          for (let one = assembly.take(); one !== null && one !== 'tooLong'; one = assembly.take()) received.push(one)
        }
        expect(received).toEqual(sent)
        expect([assembly.next, assembly.taken]).toEqual([stream.length, stream.length])
      }),
    )
  })

  it('are not kept without end: what is one byte each beyond a gap', () => {
    const assembly = createAssembly()
    const kept = Array.from({ length: 10_000 }, (_, i) => assembly.add(2 + 2 * i, Uint8Array.of(1))).filter(Boolean).length
    expect(kept).toBe(4096)
    expect(assembly.add(0, Uint8Array.of(0, 0))).toBe(true) // what fills the gap is
  })

  it('that say a message is longer than any are refused', () => {
    const assembly = createAssembly()
    assembly.add(0, Uint8Array.of(0, 1, 0, 0x56, 1)) // 65,622
    expect(assembly.take()).toBe('tooLong')
    const longest = createAssembly()
    longest.add(0, Uint8Array.of(0, 1, 0, 0x55, 1))
    expect(longest.take()).toBeNull()
  })
})

it('a send buffer gives what it was given, also after parts of it are released', () => {
  const messages = Array.from({ length: 600 }, (_, i) => new Uint8Array(i % 40).fill(i))
  const stream = framed(messages)
  const buffer = createSendBuffer()
  for (const message of messages) buffer.push(message)
  for (let from = 0; from < stream.length; from += 997) {
    buffer.release(from)
    const part = new Uint8Array(Math.min(1500, stream.length - from))
    buffer.copy(from, part, 0)
    expect(part).toEqual(stream.slice(from, from + part.length))
  }
})

describe('round trips', () => {
  it('are smoothed as RFC 6298 section 2 says', () => {
    const rtt = createRtt()
    rtt.sample(80, 0)
    expect([rtt.smoothed, rtt.timeout(0, false)]).toEqual([80, 80 + 4 * 40 + 10])
    rtt.sample(160, 0)
    expect([rtt.smoothed, rtt.timeout(0, false)]).toEqual([90, 90 + 4 * 50 + 10])
    expect(rtt.timeout(1, false)).toBe(2 * rtt.timeout(0, false))
    expect(rtt.timeout(0, true)).toBe(90 + 4 * 50 + 2)
    expect(rtt.timeout(30, false)).toBe(1000)
  })

  it('are told without the time that the other side let pass, unless it says too much (RFC 9002 section 5.3)', () => {
    const rtt = createRtt()
    rtt.sample(8, 0)
    rtt.sample(16, 8)
    expect(rtt.smoothed).toBe(8)
    rtt.sample(16, 60_000)
    expect(rtt.smoothed).toBe(9)
  })
})

describe('the congestion window', () => {
  const full = 1000
  const start = () => {
    const congestion = createCongestion(full)
    congestion.sent(10 * full)
    return congestion
  }

  it('doubles at first, is halved once for an event, and grows by a segment for a window from then on', () => {
    const congestion = start()
    for (let number = 0; number < 10; number++) congestion.acknowledged(number, full, true)
    expect([congestion.window, congestion.inFlight]).toEqual([20_000, 0])
    congestion.sent(20 * full)
    for (let number = 10; number < 15; number++) congestion.lost(number, full, 30)
    expect(congestion.window).toBe(10_000)
    for (let number = 15; number < 30; number++) congestion.acknowledged(number, full, true)
    expect(congestion.window).toBe(10_000)
    congestion.sent(10 * full)
    for (let number = 30; number < 40; number++) congestion.acknowledged(number, full, true)
    expect(Math.round(congestion.window / 100)).toBe(110)
  })

  it('does not grow where something else was the limit', () => {
    const congestion = start()
    congestion.acknowledged(0, full, false)
    expect(congestion.window).toBe(10_000)
  })

  it('is what it was once all that was lost has come after all', () => {
    const congestion = start()
    for (const number of [0, 1]) congestion.lost(number, full, 10)
    congestion.late(0)
    expect(congestion.window).toBe(5_000)
    congestion.late(1)
    expect(congestion.window).toBe(10_000)
  })

  it('stays halved where what comes late was lost in an event before', () => {
    const congestion = start()
    congestion.lost(0, full, 10)
    congestion.lost(12, full, 20)
    congestion.late(0)
    expect(congestion.window).toBe(4_000)
  })

  it('does not let everything go at once after a pause', () => {
    const congestion = createCongestion(full)
    for (let number = 0; number < 1000; number++) {
      congestion.sent(full)
      congestion.acknowledged(number, full, true)
    }
    let burst = 0
    while (congestion.mayAt(10_000, full, 100) === 10_000) {
      congestion.sent(full)
      burst++
    }
    expect(congestion.window).toBeGreaterThan(500 * full)
    expect(burst).toBeLessThan(50)
    expect(congestion.mayAt(10_000, full, 100)).toBeGreaterThan(10_000)
  })
})

describe('the length of segments', () => {
  const lose = (path: ReturnType<typeof createPath>, numbers: number[]) => numbers.map((number) => path.lost(number, 1172, 0)).some(Boolean)
  const many = Array.from({ length: 12 }, (_, i) => i)

  it('goes down when full ones vanish and short ones get through, and up again when a full one has', () => {
    const path = createPath(1172)
    path.acknowledged(12, 300)
    expect(lose(path, many)).toBe(true)
    expect(path.size).toBe(500)
    expect([path.probe(59_999), path.probe(60_000), path.probe(60_001)]).toEqual([null, 1172, null])
    path.acknowledged(13, 1172)
    expect(path.size).toBe(1172)
  })

  it('stays where nothing gets through, or as long ones do', () => {
    const path = createPath(1172)
    expect(lose(path, many)).toBe(false)
    const mixed = createPath(1172)
    mixed.acknowledged(12, 300)
    mixed.acknowledged(13, 1172)
    expect(lose(mixed, many)).toBe(false)
  })
})
