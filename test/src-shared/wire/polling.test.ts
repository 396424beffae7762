import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchOf, decodeBatch, encodeBatch, pollLimits, readFrameNumber } from '#shared/wire/polling.ts'

const frame = fc.uint8Array({ minLength: 1, maxLength: 300 })

describe('a batch', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 20 }), (frames) => {
        expect(decodeBatch(encodeBatch(frames)).map((one) => Array.from(one))).toEqual(frames.map((one) => Array.from(one)))
      }),
    )
  })

  it('parses or is refused by name, whatever it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (body) => {
        try {
          expect(Array.from(encodeBatch(decodeBatch(body)))).toEqual(Array.from(body))
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^codec\.(malformed|too-large)$/) as string })
        }
      }),
    )
  })

  it.each([
    ['cut short', [0, 0, 0, 5, 1, 2], 'codec.malformed'],
    ['with a frame of nothing', [0, 0, 0, 0], 'codec.malformed'],
    ['with half a length', [0, 0, 0], 'codec.malformed'],
  ])('%s is refused', (_name, bytes, code) => {
    expect(() => decodeBatch(Uint8Array.from(bytes))).toThrow(expect.objectContaining({ code }))
  })

  it('too long, or of too many frames, is refused', () => {
    const tooLarge = expect.objectContaining({ code: 'codec.too-large' }) as Error
    expect(() => decodeBatch(new Uint8Array(pollLimits.bodyMax + 1))).toThrow(tooLarge)
    expect(() => decodeBatch(encodeBatch(Array.from({ length: pollLimits.framesMax + 1 }, () => new Uint8Array(1))))).toThrow(tooLarge)
    expect(() => decodeBatch(encodeBatch([new Uint8Array(70_000)]))).toThrow(tooLarge)
  })

  it('takes as many frames as fit, in order, and at least one of the largest', () => {
    const largest = new Uint8Array(65_605)
    expect(batchOf([largest, largest, largest, largest]).frames).toHaveLength(3)
    expect(batchOf([]).frames).toEqual([])
    const many = Array.from({ length: 10_000 }, () => new Uint8Array(1))
    expect(batchOf(many).frames).toHaveLength(pollLimits.framesMax)
  })
})

it.each([
  ['0', 0],
  ['17', 17],
  ['', null],
  ['01', null],
  ['-1', null],
  ['1e3', null],
  ['9'.repeat(16), null],
  [undefined, null],
  [['1'], null],
])('the number %j is read as %j', (text, number) => expect(readFrameNumber(text)).toBe(number))
