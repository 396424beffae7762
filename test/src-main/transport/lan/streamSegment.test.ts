import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeSegment, maxRuns, sayable, startSegment, type Run, type SegmentHead } from '#main/transport/lan/streamSegment.ts'

const u48 = fc.integer({ min: 0, max: 2 ** 48 - 1 })

/** Runs far up in the numbers, highest first. */
const runs = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 0xffff })), { minLength: 1, maxLength: maxRuns })
  .map((steps) =>
    steps.reduce<Run[]>((all, [gap, more]) => {
      const high = (all.at(-1)?.low ?? 2 ** 47) - gap - 2
      return [...all, { low: high - more, high }]
    }, []),
  )

const ack = fc
  .record({ next: u48, ahead: fc.integer({ min: 0, max: 2 ** 20 }), delayMs: fc.integer({ min: 0, max: 0xffff }), runs })
  .map(({ next, ahead, ...others }) => ({ ...others, next, limit: Math.min(2 ** 48 - 1, next + ahead) }))

describe('a segment', () => {
  it('comes back as it was, with data', () => {
    const data = fc.uint8Array({ minLength: 1, maxLength: 200 })
    const offset = fc.integer({ min: 0, max: 2 ** 48 - 300 })
    fc.assert(
      fc.property(u48, fc.boolean(), fc.option(ack), offset, data, (number, isUrgent, acknowledgement, at, bytes) => {
        const head: SegmentHead = { number, isUrgent, ack: acknowledgement, offset: at }
        const segment = startSegment(head, bytes.length)
        segment.set(bytes, segment.length - bytes.length)
        expect(decodeSegment(segment)).toEqual({ ...head, data: bytes })
      }),
    )
  })

  it('comes back as it was, without', () => {
    fc.assert(
      fc.property(ack, (acknowledgement) => {
        const head = { number: null, isUrgent: false, ack: acknowledgement, offset: 0 }
        expect(decodeSegment(startSegment(head, 0))).toEqual({ ...head, data: new Uint8Array() })
        const probe = { ...head, number: 5, isUrgent: true }
        expect(decodeSegment(startSegment(probe, 300, true))).toEqual({ ...probe, data: new Uint8Array() })
      }),
    )
  })

  it.each([
    ['nothing', []],
    ['no flag', [0, 1, 2]],
    ['a flag that is unknown', [8 | 4, 0, 0, 0, 0, 0, 1]],
    ['an acknowledgement that ends too soon', [1, 0, 0]],
    ['data without a byte', [2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]],
    ['data beyond every offset', [2, 0, 0, 0, 0, 0, 1, 255, 255, 255, 255, 255, 255, 1]],
    ['a probe with something in its padding', [4, 0, 0, 0, 0, 0, 1, 0, 9]],
    ['an acknowledgement with something behind it', [1, ...ackOf({ runs: 1 }), 0]],
    ['no run', [1, ...ackOf({ runs: 0 })]],
    ['more runs than there may be', [1, ...ackOf({ runs: 33 })]],
    ['runs below zero', [1, ...ackOf({ runs: 1, more: 9 })]],
    ['a limit below what has come', [1, ...ackOf({ runs: 1, next: 9 })]],
  ])('is not: %s', (_, bytes) => {
    expect(decodeSegment(Uint8Array.from(bytes))).toBeNull()
  })

  it('is never misread: whatever is read says the same when it is written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.integer({ min: 0, max: 15 }), (bytes, flags) => {
        const segment = decodeSegment(Uint8Array.of(flags, ...bytes))
        if (segment === null) return
        const { data, ...head } = segment
        const isProbe = data.length === 0 && head.number !== null
        const again = startSegment(head, data.length)
        again.set(data, again.length - data.length)
        expect(Buffer.from(again)).toEqual(Buffer.from([flags, ...bytes]).subarray(0, isProbe ? again.length : undefined))
      }),
      { numRuns: 2000 },
    )
  })
})

/** An acknowledgement by hand, with largest number 5. */
function ackOf({ runs, more = 0, next = 0 }: { runs: number; more?: number; next?: number }): number[] {
  const rest = Array.from({ length: Math.max(0, runs - 1) }, () => [0, 0, 0, 0]).flat()
  return [0, 0, 0, 0, 0, next, 0, 0, 0, 0, 0, 0, 0, 0, runs, 0, 0, 0, 0, 0, 5, 0, more, ...rest]
}

it('of runs is said what there is room for, from above', () => {
  expect(sayable([{ low: 0, high: 70_000 }])).toEqual([{ low: 70_000 - 0xffff, high: 70_000 }])
  const near = { low: 100_000, high: 100_001 }
  expect(sayable([near, { low: 1, high: 2 }])).toEqual([near])
  const many = Array.from({ length: 40 }, (_, i) => ({ low: 1000 - 2 * i, high: 1000 - 2 * i }))
  expect(sayable(many)).toEqual(many.slice(0, maxRuns))
})
