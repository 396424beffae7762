import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isCairnError } from '#shared/errors.ts'
import * as frames from '#shared/wire/frames.ts'
import { wireLimits } from '#shared/wire/limits.ts'

const bytes = (length: number): Uint8Array => new Uint8Array(randomBytes(length))
const { rvsPerFrame, frameMax } = wireLimits
const maxId = 0xffff_ffff

const clientFrames: [name: string, frame: Uint8Array, decoded: object][] = [
  ...wireLimits.blobSizes.map((size): [string, Uint8Array, object] => {
    const [write, deleteHash, blob] = [bytes(32), bytes(32), bytes(size)]
    return [`publish ${size}`, frames.encodePublish(1, write, deleteHash, blob), { type: 'publish', requestId: 1, write, deleteHash, blob }]
  }),
  ...(['subscribe', 'unsubscribe', 'status'] as const).flatMap((type) =>
    [0, 1, 2, rvsPerFrame].map((count): [string, Uint8Array, object] => {
      const rvs = bytes(count * 32)
      return [`${type} ${count}`, frames.encodeRvs(type, maxId, rvs), { type, requestId: maxId, count, rvs }]
    }),
  ),
  ...[0, 1, 2, rvsPerFrame].map((count): [string, Uint8Array, object] => {
    const items = bytes(count * 64)
    return [`ack ${count}`, frames.encodeAck(7, items), { type: 'ack', requestId: 7, count, items }]
  }),
]

const fill = <T>(count: number, words: readonly T[]): T[] => Array.from({ length: count }, (_, i) => words[i % words.length] as T)

const serverFrames: [name: string, frame: Uint8Array, decoded: object][] = [
  ...frames.publishResults.map((result): [string, Uint8Array, object] => [
    `published ${result}`,
    frames.encodePublished(5, result),
    { type: 'published', requestId: 5, result },
  ]),
  ...(['subscribed', 'statuses'] as const).flatMap((type) =>
    [0, 1, 4, rvsPerFrame].map((count): [string, Uint8Array, object] => {
      const statuses = fill(count, frames.rvStatuses)
      return [`${type} ${count}`, frames.encodeStatuses(type, maxId, statuses), { type, requestId: maxId, statuses }]
    }),
  ),
  ...[0, 3, rvsPerFrame].map((count): [string, Uint8Array, object] => {
    const results = fill(count, frames.ackResults)
    return [`acked ${count}`, frames.encodeAcked(3, results), { type: 'acked', requestId: 3, results }]
  }),
  ...wireLimits.blobSizes.map((size): [string, Uint8Array, object] => {
    const [rv, blob] = [bytes(32), bytes(size)]
    return [`blob ${size}`, frames.encodeBlob(rv, blob), { type: 'blob', rv, blob }]
  }),
  ...[0, 1, rvsPerFrame].map((count): [string, Uint8Array, object] => {
    const changes = fill(count, frames.rvStatuses).map((status) => ({ rv: bytes(32), status }))
    return [`changed ${count}`, frames.encodeChanged(changes), { type: 'changed', changes }]
  }),
  ...frames.wireErrors
    .slice(1)
    .map((code): [string, Uint8Array, object] => [
      `error ${code}`,
      frames.encodeError(0, code as frames.WireError, maxId),
      { type: 'error', requestId: 0, code, retryAfterMs: maxId },
    ]),
]

/** Either decodes or throws one of the two codec errors. */
const decodesOrRefuses = (decode: (frame: Uint8Array) => unknown, frame: Uint8Array): boolean => {
  try {
    decode(frame)
    return true
  } catch (error) {
    expect(isCairnError(error, 'codec.malformed') || isCairnError(error, 'codec.too-large')).toBe(true)
    return false
  }
}

describe('layout', () => {
  it('is what the header of frames.ts says', () => {
    const [w, hd, blob] = [bytes(32), bytes(32), bytes(4096)]
    expect(Buffer.from(frames.encodePublish(0x01020304, w, hd, blob))).toEqual(Buffer.concat([Buffer.from([1, 1, 2, 3, 4]), w, hd, blob]))
    expect(Buffer.from(frames.encodeRvs('subscribe', 2, w))).toEqual(Buffer.concat([Buffer.from([2, 0, 0, 0, 2]), w]))
    expect(Buffer.from(frames.encodeRvs('unsubscribe', 2, w))).toEqual(Buffer.concat([Buffer.from([3, 0, 0, 0, 2]), w]))
    expect(Buffer.from(frames.encodeAck(2, Buffer.concat([w, hd])))).toEqual(Buffer.concat([Buffer.from([4, 0, 0, 0, 2]), w, hd]))
    expect(Buffer.from(frames.encodeRvs('status', 2, w))).toEqual(Buffer.concat([Buffer.from([5, 0, 0, 0, 2]), w]))
    expect([...frames.encodePublished(1, 'conflict')]).toEqual([0x81, 0, 0, 0, 1, 2])
    expect([...frames.encodeStatuses('subscribed', 1, ['empty', 'stored', 'consumed', 'expired'])]).toEqual([0x82, 0, 0, 0, 1, 0, 1, 2, 3])
    expect([...frames.encodeAcked(1, ['dropped', 'absent', 'refused'])]).toEqual([0x84, 0, 0, 0, 1, 0, 1, 2])
    expect([...frames.encodeStatuses('statuses', 1, ['expired'])]).toEqual([0x85, 0, 0, 0, 1, 3])
    expect(Buffer.from(frames.encodeBlob(w, blob))).toEqual(Buffer.concat([Buffer.from([0x86, 0, 0, 0, 0]), w, blob]))
    expect(Buffer.from(frames.encodeChanged([{ rv: w, status: 'consumed' }]))).toEqual(
      Buffer.concat([Buffer.from([0x87, 0, 0, 0, 0]), w, Buffer.from([2])]),
    )
    expect([...frames.encodeError(9, 'rate', 258)]).toEqual([0xff, 0, 0, 0, 9, 4, 0, 0, 1, 2])
  })

  it('fits every frame into the largest', () => {
    expect(Math.max(...[...clientFrames, ...serverFrames].map(([, frame]) => frame.length))).toBe(frameMax)
  })
})

describe.each([
  { side: 'client', decode: frames.decodeClientFrame, all: clientFrames, other: serverFrames },
  { side: 'server', decode: frames.decodeServerFrame, all: serverFrames, other: clientFrames },
])('frames of the $side', ({ decode, all, other }) => {
  it.each(all)('round trip: %s', (_name, frame, decoded) => {
    expect(decode(frame)).toEqual(decoded)
  })

  it.each(all)('no truncation is taken for the whole: %s', (_name, frame, decoded) => {
    const lengths =
      frame.length < 3000 ? Array.from({ length: frame.length }, (_, i) => i) : [0, 1, 4, 5, 36, 37, 68, 69, 70, frame.length - 1]
    for (const length of lengths) {
      const cut = frame.subarray(0, length)
      // A list cut between two items is a shorter list; nothing else may parse.
      if (decodesOrRefuses(decode, cut)) expect(decoded).toSatisfy((whole: object) => !('blob' in whole) && length >= 5)
    }
  })

  it.each(all)('a byte too many is refused, or is one item more: %s', (_name, frame) => {
    const longer = Buffer.concat([frame, Buffer.from([0])])
    const isWordList = frame[0] === 0x82 || frame[0] === 0x84 || frame[0] === 0x85
    expect(decodesOrRefuses(decode, longer)).toBe(isWordList && frame.length - 5 < rvsPerFrame)
  })

  it('does not parse the other side’s frames', () => {
    for (const [, frame] of other) expect(() => decode(frame)).toThrow(expect.objectContaining({ code: 'codec.malformed' }))
  })

  it('survives anything', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => void decodesOrRefuses(decode, noise)),
      { numRuns: 3000 },
    )
  })

  it('survives frames with bytes changed', () => {
    const short = all.map(([, frame]) => frame).filter((frame) => frame.length < 6000)
    fc.assert(
      fc.property(fc.constantFrom(...short), fc.nat(), fc.integer({ min: 1, max: 255 }), (frame, at, change) => {
        const changed = frame.slice()
        const i = at % Math.min(changed.length, 80)
        changed[i] = (changed[i] ?? 0) ^ change
        decodesOrRefuses(decode, changed)
      }),
      { numRuns: 3000 },
    )
  })
})

describe('limits', () => {
  const id = Buffer.from([0, 0, 0, 1])

  it.each([
    ['a frame longer than any', Buffer.alloc(frameMax + 1, 2), 'codec.too-large'],
    ['one RV too many', Buffer.concat([Buffer.from([2]), id, bytes((rvsPerFrame + 1) * 32)]), 'codec.too-large'],
    ['one ack too many', Buffer.concat([Buffer.from([4]), id, bytes((rvsPerFrame + 1) * 64)]), 'codec.too-large'],
    ['request id 0', frames.encodeRvs('status', 0, bytes(32)), 'codec.malformed'],
    ['a blob of another size', Buffer.concat([Buffer.from([1]), id, bytes(64 + 4097)]), 'codec.malformed'],
  ])('the relay refuses %s', (_name, frame, code) => {
    expect(() => frames.decodeClientFrame(frame)).toThrow(expect.objectContaining({ code }))
  })

  it('nothing too large or odd is encoded', () => {
    expect(() => frames.encodeRvs('status', 1, bytes((rvsPerFrame + 1) * 32))).toThrow(expect.objectContaining({ code: 'codec.too-large' }))
    expect(() => frames.encodeRvs('status', 1, bytes(33))).toThrow(expect.objectContaining({ code: 'codec.malformed' }))
    expect(() => frames.encodePublish(1, bytes(32), bytes(32), bytes(100))).toThrow(expect.objectContaining({ code: 'codec.malformed' }))
    expect(() => frames.encodePublish(1, bytes(31), bytes(32), bytes(4096))).toThrow(expect.objectContaining({ code: 'codec.malformed' }))
    expect(() => frames.encodeBlob(bytes(32), bytes(4097))).toThrow(expect.objectContaining({ code: 'codec.malformed' }))
  })
})
